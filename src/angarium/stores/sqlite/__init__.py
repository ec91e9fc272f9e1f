"""The embedded store: SQLite in WAL mode, flushed at every commit, written by one writer.

    work, work, work --> BEGIN, their statements --> COMMIT in a thread --> all of them answered
                              (on the loop)             (the flush)
          ^ what arrives meanwhile waits and forms the next group

A slow disk makes the groups larger, not the queue longer. Reads go through a connection of their own and see the last
commit.
"""
