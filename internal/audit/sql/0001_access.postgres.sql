CREATE TABLE access (
  seq    bigint PRIMARY KEY, -- node << 40 | count, without a gap for each node
  person bigint NOT NULL,    -- whose data; 0 is nobody's
  at     bigint NOT NULL,    -- microseconds since 1970, UTC
  entry  bytea  NOT NULL     -- see encode.go
);
CREATE INDEX access_person ON access (person, seq);

-- Each time that a node starts it takes a number of its own, so that no two ever share a sequence.
CREATE TABLE access_node (
  id      bigint PRIMARY KEY,
  started timestamptz NOT NULL DEFAULT now()
);
