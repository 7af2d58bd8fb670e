"""Where plans come from: files, standard input and the inbox folder."""
