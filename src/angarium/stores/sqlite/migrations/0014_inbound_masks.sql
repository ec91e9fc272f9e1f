-- Handsets' numbers lose their last digits, as recipients' do.
ALTER TABLE inbound_messages ADD COLUMN masked INTEGER NOT NULL DEFAULT 0;
CREATE INDEX inbound_messages_with_number ON inbound_messages (ifnull(connection_id, 0), inbound_id) WHERE masked = 0;
