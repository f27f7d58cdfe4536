"""Readers: a file of any accepted format as bounded chunks of rows, each row with its number and, when asked for, its raw bytes."""

from fanzha.desks.intake.readers.base import ROW, Chunk, Failure, Format, Source
from fanzha.desks.intake.readers.detect import detect, open_source

__all__ = ["ROW", "Chunk", "Failure", "Format", "Source", "detect", "open_source"]
