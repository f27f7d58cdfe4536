"""Models trained on labelled tables, texts and graphs: training, honest measurement, a folder to keep them, prediction."""
