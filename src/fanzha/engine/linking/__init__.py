"""Link cases that the same gang did (串并案): by what they share, weighted by how telling it is, each link with its reasons."""
