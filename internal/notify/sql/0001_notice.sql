-- Messages that wait to be sent. Times are seconds since 1970, UTC.
CREATE TABLE notice (
  id     text   PRIMARY KEY,
  sealed text   NOT NULL,           -- to whom, what and when, under the master key
  due    bigint NOT NULL,           -- not before; moved on by the node that sends
  tries  bigint NOT NULL DEFAULT 0
);
CREATE INDEX notice_due ON notice (due);
