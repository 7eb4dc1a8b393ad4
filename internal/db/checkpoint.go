package db

import (
	"context"
	"sync"
	"time"
)

// checkpointer copies the write-ahead log back into the database in the background, so that the writer
// finds little left to copy when the log has grown to the size at which it does so itself. Only
// the writer's own checkpoint, between two commits, can finish and let the log begin again at its start.
type checkpointer struct {
	conn    *conn
	after   int64 // bytes of log not copied yet that are worth a checkpoint
	commits chan struct{}
	quit    chan struct{}
	ended   chan struct{}
	closing sync.Once
}

// checkpointPause is the least time between two looks at the log.
const checkpointPause = 250 * time.Millisecond

func startCheckpoints(c *conn, after int64) *checkpointer {
	k := &checkpointer{conn: c, after: after, commits: make(chan struct{}, 1), quit: make(chan struct{}), ended: make(chan struct{})}
	go k.run()
	return k
}

// wake says that something was committed. It never waits.
func (k *checkpointer) wake() {
	select {
	case k.commits <- struct{}{}:
	default:
	}
}

func (k *checkpointer) run() {
	defer close(k.ended)
	pause := time.NewTicker(checkpointPause)
	defer pause.Stop()
	for {
		select {
		case <-k.commits:
			if k.pending() > k.after {
				k.pragma("PRAGMA wal_checkpoint(PASSIVE)")
			}
		case <-k.quit:
			return
		}
		select {
		case <-pause.C:
		case <-k.quit:
			return
		}
	}
}

// pending is the number of bytes in the log that are not copied yet.
func (k *checkpointer) pending() int64 {
	log, copied := k.pragma("PRAGMA wal_checkpoint(NOOP)")
	return (log - copied) * pageSize
}

// pragma returns the pages in the log and those of them that are copied. An error means no progress,
// which the writer's own checkpoint makes good and reports.
func (k *checkpointer) pragma(sql string) (log, copied int64) {
	err := k.conn.query(context.Background(), sql, nil, func(r *Row) error {
		log, copied = r.Int64(1), r.Int64(2)
		return nil
	})
	if err != nil {
		return 0, 0
	}
	return log, copied
}

func (k *checkpointer) close() error {
	k.closing.Do(func() { close(k.quit) })
	<-k.ended
	return k.conn.close()
}
