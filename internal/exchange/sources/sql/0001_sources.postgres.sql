-- Places that send data here, and when each last did.
CREATE TABLE data_source (
  id      text    NOT NULL PRIMARY KEY,
  name    text    NOT NULL, -- what people know it by
  uri     text    NOT NULL UNIQUE, -- what its entries have in meta.source
  client  text    NOT NULL, -- the program that sends for it; '' for none
  every   bigint  NOT NULL, -- how often it is expected, in seconds; 0 for not
  heard   bigint  NOT NULL, -- when it last sent something well, seconds since 1970, UTC; 0 for not known
  failed  bigint  NOT NULL, -- when sending last failed; 0 for never
  down    bigint  NOT NULL, -- since when an operator says that it does not work; 0 for not
  set_by  text    NOT NULL, -- the actor who changed it last
  made    bigint  NOT NULL
);
