-- The nonce that the entry's leaf is made with. It goes with the entry when that is erased: entry is empty
-- then, person is 0 and nonce is NULL. Entries from before the tree get theirs with their leaf.
ALTER TABLE access ADD COLUMN nonce blob;

-- The tree over the log. One row for ever: whoever changes it from the size that they know has the turn.
CREATE TABLE log_head (
  one       integer PRIMARY KEY CHECK (one = 1),
  size      integer NOT NULL, -- leaves
  note      text NOT NULL,    -- the signed checkpoint of that size
  witnessed text NOT NULL     -- the newest checkpoint that a witness cosigned, with what they signed
);
INSERT INTO log_head (one, size, note, witnessed) VALUES (1, 0, '', '');

-- Tiles of 256 (C2SP tlog-tiles): hashes at levels 0 and above, and at level -1 the records, each behind its
-- length in two bytes.
CREATE TABLE log_tile (
  level integer NOT NULL,
  n     integer NOT NULL,
  data  blob NOT NULL,
  PRIMARY KEY (level, n)
);

-- Which entries stand where: n leaves from place idx on are the entries from seq on.
CREATE TABLE log_run (
  idx integer PRIMARY KEY,
  seq integer NOT NULL UNIQUE,
  n   integer NOT NULL
);

-- Up to which number the entries of a node have their leaves.
CREATE TABLE log_node (
  node   integer PRIMARY KEY,
  upto   integer NOT NULL
);

-- The map from persons to their chains. A slot stands for a person and doesn't tell which. size is that of
-- the tree at which the row was last changed.
CREATE TABLE log_map (
  slot  blob PRIMARY KEY,
  head  blob NOT NULL,
  count integer NOT NULL,
  size  integer NOT NULL
) WITHOUT ROWID;
CREATE INDEX log_map_size ON log_map (size);

-- The log's keys, sealed by the key file.
CREATE TABLE log_key (
  id      integer PRIMARY KEY CHECK (id = 1),
  public  text NOT NULL,
  sealed  text NOT NULL,
  created integer NOT NULL
);
