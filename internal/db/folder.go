package db

import "path/filepath"

// Folder is a data folder that this process holds.
type Folder struct{ lock *lockFile }

// LockFolder keeps a second process off a data folder whose records lie elsewhere: what is in the folder, such
// as a socket and the files of jobs, has one owner too. An SQLite file needs none of this, since [Open] locks
// it. The system drops the lock when the process ends.
func LockFolder(dir string) (*Folder, error) {
	lock, err := takeLock(filepath.Join(dir, "folder.lock"))
	if err != nil {
		return nil, err
	}
	return &Folder{lock}, nil
}

// Close lets the folder go.
func (f *Folder) Close() error { return f.lock.release() }
