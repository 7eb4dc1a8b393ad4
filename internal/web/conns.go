package web

import (
	"net"
	"sync"
)

// limitConns lets so many connections be open at once; the next one is
// accepted when one closes, so that strangers can not use up the files that a
// process may open.
func limitConns(l net.Listener, n int) net.Listener {
	return &limited{Listener: l, room: make(chan struct{}, n), closed: make(chan struct{})}
}

type limited struct {
	net.Listener
	room   chan struct{}
	closed chan struct{}
	once   sync.Once
}

// Accept waits for room, then for a connection.
func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.room <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.room
		return nil, err
	}
	return &limitedConn{Conn: c, room: l.room}, nil
}

// Close stops accepting, also where Accept waits for room.
func (l *limited) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

type limitedConn struct {
	net.Conn
	room chan struct{}
	once sync.Once
}

// CloseWrite tells the client that nothing more comes, so that net/http can let
// it read the last answer before it closes the connection.
func (c *limitedConn) CloseWrite() error { return closeWrite(c.Conn) }

// Close gives the room back, once.
func (c *limitedConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() { <-c.room })
	return err
}
