-- What a reply URL has not taken to the end is found without a look at what it has.
CREATE INDEX inbound_messages_dead ON inbound_messages (connection_id, inbound_id) WHERE state = 2;
