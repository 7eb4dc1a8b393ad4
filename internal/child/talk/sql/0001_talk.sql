-- Notes of families that wait for those who look after them, and of which notes people were told. Times
-- are seconds since 1970, UTC. A team is the keyed hash of an organisation; nothing of what a note says
-- is here.

-- Whose notes wait, whoever may see them, and whose could not be looked at.
CREATE TABLE talk_wait (
  patient text   PRIMARY KEY,         -- the logical id of the record
  again   bigint NOT NULL             -- when it is to be looked at again without a change
);
CREATE INDEX talk_wait_again ON talk_wait (again, patient);

-- For whom they wait, as the staff of each team may know it.
CREATE TABLE talk_team (
  patient text   NOT NULL,
  team    bigint NOT NULL,
  since   bigint NOT NULL,            -- when the oldest note that waits was written
  PRIMARY KEY (patient, team)
);
CREATE INDEX talk_team_list ON talk_team (team, since, patient);

-- Notes of staff of which the family was told, or nobody was to be told.
CREATE TABLE talk_told (
  patient text   NOT NULL,
  note    text   NOT NULL,            -- the logical id of the Communication
  at      bigint NOT NULL,
  PRIMARY KEY (patient, note)
);
CREATE INDEX talk_told_at ON talk_told (at);
