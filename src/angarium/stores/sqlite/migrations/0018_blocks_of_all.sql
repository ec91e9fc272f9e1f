-- What is blocked for all accounts, as pages list it: accounts may have many entries of their own in between.

CREATE INDEX blocks_of_all ON blocks (block_id) WHERE account_id = 0;
