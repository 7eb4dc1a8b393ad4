-- A question that somebody asked about an entry of the access log. What was
-- asked and answered is sealed under the asker's own key, and goes with it.
CREATE TABLE enquiry (
  id           text    PRIMARY KEY,
  account      text    NOT NULL, -- who asked
  patient      text    NOT NULL, -- the logical id of the record that it is about
  look         text    NOT NULL, -- the id of the entry
  organisation text    NOT NULL, -- to whom it is put; '' is whoever runs the service
  said         blob    NOT NULL, -- sealed: the entry in words, and the question
  answer       blob    NOT NULL, -- sealed; empty for none
  asked        integer NOT NULL, -- seconds since 1970, UTC, as are all that follow; 0 is not yet
  due          integer NOT NULL,
  seen         integer NOT NULL,
  answered     integer NOT NULL,
  answered_by  text    NOT NULL,
  closed       integer NOT NULL
);
CREATE INDEX enquiry_account ON enquiry (account, asked);
CREATE INDEX enquiry_open ON enquiry (organisation, due) WHERE answered = 0 AND closed = 0;
-- One question about one entry at a time.
CREATE UNIQUE INDEX enquiry_once ON enquiry (account, look) WHERE closed = 0;
