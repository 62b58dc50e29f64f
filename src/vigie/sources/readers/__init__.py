"""One reader a data set: the producer's file in, a draft of a tidy table out, each row with its line."""
