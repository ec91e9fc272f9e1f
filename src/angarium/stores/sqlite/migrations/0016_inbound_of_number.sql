-- What a handset has sent, and what has come to a number. Without the state, so that settling a message moves neither;
-- storing one costs 3 microseconds of CPU more for each.

CREATE INDEX inbound_messages_from ON inbound_messages (sender, inbound_id);
CREATE INDEX inbound_messages_to ON inbound_messages (recipient, inbound_id);
