-- What each table is for stands in docs/developers/store.md.
CREATE TABLE label_state (one INTEGER PRIMARY KEY, tables TEXT NOT NULL);
INSERT INTO label_state VALUES (1, '');
CREATE TABLE label_ruling (row INTEGER PRIMARY KEY, lowered INTEGER NOT NULL);
CREATE TABLE label_new (system TEXT NOT NULL, code TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (system, code)) WITHOUT ROWID;
CREATE TABLE label_judged (
	system TEXT NOT NULL,
	code   TEXT NOT NULL,
	labels INTEGER NOT NULL,
	who    TEXT NOT NULL,
	why    TEXT NOT NULL,
	at     INTEGER NOT NULL,
	PRIMARY KEY (system, code, at)
) WITHOUT ROWID;
