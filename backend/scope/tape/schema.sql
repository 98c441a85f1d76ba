-- A recording, format 1. PRAGMA user_version has the format, application_id says that
-- it is one ("Emit"). Times are nanoseconds since 1970, durations nanoseconds.

-- What is recorded, and how far: one row.
CREATE TABLE recording (
	id            INTEGER PRIMARY KEY CHECK (id = 1),
	emitscope     TEXT NOT NULL,    -- version that made it
	query         TEXT NOT NULL,    -- which messages; empty: all
	began         INTEGER NOT NULL,
	ended         INTEGER,          -- NULL: it runs, or was interrupted
	problem       TEXT NOT NULL,    -- why it ended by itself; empty: it did not
	messages      INTEGER NOT NULL,
	payload_bytes INTEGER NOT NULL,
	dropped       INTEGER NOT NULL, -- messages that are missing: they came faster than they could be written
	first_time    INTEGER,          -- of the messages
	last_time     INTEGER
) STRICT;

CREATE TABLE stream (
	id        INTEGER PRIMARY KEY,
	namespace TEXT NOT NULL,
	event     TEXT NOT NULL,
	UNIQUE (namespace, event)
) STRICT;

CREATE TABLE origin (
	id      INTEGER PRIMARY KEY,
	door    TEXT NOT NULL,
	client  TEXT NOT NULL,
	address TEXT NOT NULL,
	key     TEXT NOT NULL, -- name of the key, never the key
	local   INTEGER NOT NULL,
	UNIQUE (door, client, address, key, local)
) STRICT;

-- The messages, in the order in which they ended.
CREATE TABLE message (
	place         INTEGER PRIMARY KEY, -- from 1
	seq           INTEGER NOT NULL,
	id            BLOB NOT NULL,       -- ULID, 16 bytes
	stream        INTEGER NOT NULL REFERENCES stream,
	origin        INTEGER NOT NULL REFERENCES origin,
	source_time   INTEGER,             -- NULL: the producer did not say
	accepted_time INTEGER NOT NULL,
	due_time      INTEGER,             -- NULL: it had none
	time          INTEGER NOT NULL,    -- when it was emitted, dropped or received
	outcome       TEXT NOT NULL,
	reason        TEXT NOT NULL,
	sockets       INTEGER NOT NULL,
	period        INTEGER NOT NULL,    -- of the lane's pace; 0: none
	missed        INTEGER NOT NULL,    -- slots
	faults        INTEGER NOT NULL,    -- one bit for each kind
	held          INTEGER NOT NULL,
	spread        INTEGER NOT NULL,    -- 1: data is an array of the event's arguments
	attachments   INTEGER NOT NULL,    -- how many
	rooms         TEXT,                -- JSON array; NULL: to everybody
	addressee     TEXT NOT NULL,       -- the one socket it was for
	data          TEXT NOT NULL        -- JSON
) STRICT;

CREATE TABLE attachment (
	place  INTEGER NOT NULL, -- of its message
	number INTEGER NOT NULL, -- from 0
	bytes  BLOB NOT NULL,
	PRIMARY KEY (place, number)
) STRICT, WITHOUT ROWID;

-- For people who open the file with other tools.
CREATE VIEW messages AS
SELECT place, seq, namespace, event, data, outcome, reason, sockets,
	strftime('%Y-%m-%dT%H:%M:%f', accepted_time / 1e9, 'unixepoch') AS accepted,
	strftime('%Y-%m-%dT%H:%M:%f', time / 1e9, 'unixepoch') AS at,
	CASE outcome WHEN 'emitted' THEN (time - due_time) / 1e3 END AS lateness_us,
	door, client, address, key
FROM message JOIN stream ON stream.id = message.stream JOIN origin ON origin.id = message.origin;
