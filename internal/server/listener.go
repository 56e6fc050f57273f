package server

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// writeBuffer is the kernel's send buffer of a connection, in bytes. The size is fixed for two
// reasons: a buffer that the kernel grows to megabytes hides the progress of a slow client for
// minutes, and thousands of clients that never read would fill the memory.
const writeBuffer = 256 << 10

// writeSlices is the number of deadlines within the time in which a peer must accept part of a
// response.
const writeSlices = 4

// How long, and how much of, a refused request is read and discarded.
const (
	lingerTime  = 2 * time.Second
	lingerBytes = 32 << 20
)

// listener accepts connections whose write deadline moves with progress.
type listener struct {
	net.Listener
	writeTimeout time.Duration

	mu      sync.Mutex
	idle    map[*conn]struct{} // connections that have not sent a whole request yet
	closing bool
}

// Accept waits for the next connection.
func (l *listener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if b, ok := nc.(interface{ SetWriteBuffer(int) error }); ok {
		_ = b.SetWriteBuffer(writeBuffer) // a connection that is already gone says so at the first read
	}
	c := &conn{Conn: nc, l: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.idle[c] = struct{}{}
	if l.closing {
		nc.Close()
	}
	return c, nil
}

// closeIdle closes connections that have not sent anything, now and later, and, if half is set,
// also those whose first request has incomplete headers. net/http waits five seconds for both when
// it stops, and browsers open connections in advance.
func (l *listener) closeIdle(half bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closing = true
	for c := range l.idle {
		if half || !c.heard.Load() {
			c.Conn.Close()
		}
	}
}

// connState is net/http's hook: a connection becomes active once it has sent the headers of a
// request.
func (l *listener) connState(nc net.Conn, state http.ConnState) {
	if c, ok := nc.(*conn); ok && state == http.StateActive && !c.asked.Load() {
		c.asked.Store(true)
		l.forget(c)
	}
}

func (l *listener) forget(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.idle, c)
}

// conn is a connection that controls its own write deadline.
type conn struct {
	net.Conn
	l        *listener
	heard    atomic.Bool // something was read
	asked    atomic.Bool // the headers of a request were read
	deadline time.Time   // of writes, as set on Conn; touched by the writing goroutine only
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && !c.heard.Load() {
		c.heard.Store(true)
	}
	return n, err
}

// Write writes all of p. It fails if the peer accepts nothing within the write timeout. If the peer
// accepts some bytes within that time, even if the kernel reports only a few, the time starts
// again. The kernel reports progress only at the end of a deadline, hence several short ones.
func (c *conn) Write(p []byte) (int, error) {
	slice := c.l.writeTimeout / writeSlices
	written, silent := 0, 0
	for {
		if now := time.Now(); c.deadline.Sub(now) < slice/2 { // not at every write: it costs a system timer
			c.deadline = now.Add(slice)
			if err := c.Conn.SetWriteDeadline(c.deadline); err != nil {
				return written, err
			}
		}
		n, err := c.Conn.Write(p[written:])
		written += n
		if err == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
			return written, err
		}
		if silent++; n > 0 {
			silent = 0
		}
		if silent == writeSlices {
			return written, err
		}
	}
}

// SetWriteDeadline does nothing, because Write sets the deadline.
func (c *conn) SetWriteDeadline(time.Time) error { return nil }

// SetDeadline sets the read deadline; see SetWriteDeadline.
func (c *conn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// CloseWrite ends a response while the client is still sending. net/http calls it after it refused
// the rest of a request, and closes the connection half a second later. For a while, the client's
// data is read and discarded, so that a client that sends everything before it reads gets the
// response and not a connection reset.
func (c *conn) CloseWrite() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		return nil
	}
	if err := half.CloseWrite(); err != nil {
		return err
	}
	if err := c.Conn.SetReadDeadline(time.Now().Add(lingerTime)); err != nil {
		return err
	}
	_, err := io.CopyN(io.Discard, c.Conn, lingerBytes)
	return err
}

// Close closes the connection.
func (c *conn) Close() error {
	c.l.forget(c)
	return c.Conn.Close()
}
