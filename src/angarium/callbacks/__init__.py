"""Edge: notifications to customers over HTTP.

Knows how a notification is spelled and signed, which addresses may be called, and how to call many endpoints at once
so that a dead one delays nobody else's. Refuses to know what is owed to whom and when to try again: that is the flows'.

A notification's way through here:

    Notifier (notifier.py)   keeps shares and order, renders (render.py, signing.py), gathers what ended into batches
      Client (client.py)     one lane an endpoint: idle connections, a bounded waiting line; one sweep for all deadlines
        AddressBook          name -> checked addresses (addresses.py); URLs are read by urls.py
        Connection           one socket: writes a request, reads an answer with limits (connection.py)
"""
