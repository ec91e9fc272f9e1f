"""The command line: thin, helpful, never a traceback.

Knows: how people and scripts ask, and how answers look on a terminal or as JSON. Refuses to know: rules of the trade;
it opens the store through `app`, and speaks to a running server as any customer does, over HTTP.

Exit codes: 0 done; 1 what was asked could not be done; 2 a mistake in the command or in the settings; 3 trouble with
the disk, the store, a port or the network; 130 stopped by Ctrl-C.
"""
