# make install; see the Makefile.
