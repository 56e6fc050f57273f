package server_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/server"
)

// pipes is a listener whose connections are pipes, so that time can be synctest's.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func newPipes() *pipes { return &pipes{make(chan net.Conn), make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	close(p.closed)
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "unix"} }

func (p *pipes) dial() net.Conn {
	client, srv := net.Pipe()
	p.conns <- srv
	return client
}

// inBubble runs test with a server on pipes and simulated time. stop stops the server and returns
// what Run returned.
func inBubble(t *testing.T, config server.Config, test func(t *testing.T, p *pipes, stop func() error),
	mount ...func(*echo.Echo)) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		config.Listener = p
		config.Mounts = mount
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		s := server.New(config)
		go func() { done <- s.Run(ctx) }()
		stop := sync.OnceValue(func() error {
			cancel()
			return <-done
		})
		defer stop()
		test(t, p, stop)
	})
}

// trickle writes text one byte a second and returns how long it took until the server closed the
// connection.
func trickle(c net.Conn, text string) time.Duration {
	begin := time.Now()
	closed := make(chan struct{})
	go func() {
		io.Copy(io.Discard, c)
		close(closed)
	}()
	for i := range len(text) {
		if _, err := c.Write([]byte{text[i]}); err != nil {
			break
		}
		<-time.After(time.Second)
	}
	<-closed
	return time.Since(begin)
}

func TestLimits_slowHeadersAreCutOffAfterFiveSeconds(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, p *pipes, _ func() error) {
		if took := trickle(p.dial(), "GET / HTTP/1.1\r\nHost: x\r\n"+
			strings.Repeat("X: y\r\n", 100)); took > 6*time.Second {
			t.Errorf("one byte a second was served for %v", took)
		}
		if took := trickle(p.dial(), ""); took != 5*time.Second {
			t.Errorf("silence was served for %v", took)
		}
	})
}

func TestLimits_slowBodiesAreCutOff(t *testing.T) {
	for path, want := range map[string]time.Duration{"/form": 30 * time.Second, "/upload": 120 * time.Second} {
		config := server.Config{BodyLimits: map[string]int64{"/upload": 4 << 20}}
		inBubble(t, config, func(t *testing.T, p *pipes, _ func() error) {
			c := p.dial()
			begin := time.Now()
			if _, err := io.WriteString(c, "POST "+path+" HTTP/1.1\r\nHost: x\r\nContent-Length: "+
				"1000\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			var sending sync.WaitGroup
			defer sending.Wait()
			sending.Go(func() { trickle(writeOnly{c}, strings.Repeat("b", 1000)) })
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			if took := time.Since(begin); res.StatusCode != 408 || took != want {
				t.Errorf("%s: got %d after %v, want 408 after %v", path, res.StatusCode, took, want)
			}
			if _, err := io.Copy(io.Discard, c); err != nil {
				t.Errorf("the connection stays open: %v", err)
			}
		}, echoBody("/form"), echoBody("/upload"))
	}
}

// writeOnly is a connection whose reader is somebody else.
type writeOnly struct{ net.Conn }

func (writeOnly) Read([]byte) (int, error) { return 0, io.EOF }

func TestLimits_idleConnectionsAreClosedAfterAMinute(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, p *pipes, _ func() error) {
		c := p.dial()
		if _, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		r := bufio.NewReader(c)
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, res.Body)
		begin := time.Now()
		_, err = r.ReadByte()
		if took := time.Since(begin); err != io.EOF || took != time.Minute {
			t.Errorf("closed with %v after %v", err, took)
		}
	})
}

func TestLimits_aSlowButReadingClientGetsItAll(t *testing.T) {
	const size = 4 << 20
	inBubble(t, server.Config{}, func(t *testing.T, p *pipes, _ func() error) {
		c := p.dial()
		if _, err := io.WriteString(c, "GET /api/big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		got, buf := 0, make([]byte, 16<<10)
		for {
			n, err := io.ReadFull(c, buf)
			got += n
			if err != nil {
				break
			}
			<-time.After(25 * time.Second)
		}
		if got < size {
			t.Errorf("got %d bytes of %d in %v", got, size, 25*time.Second*size/(16<<10))
		}
	}, blob("/api/big", size))
}

func TestLimits_aClientThatStopsReadingIsCutOffAfterAMinute(t *testing.T) {
	var wrote atomic.Int64 // how long the handler's writes took, in nanoseconds
	inBubble(t, server.Config{}, func(t *testing.T, p *pipes, _ func() error) {
		c := p.dial()
		if _, err := io.WriteString(c, "GET /api/big HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
		<-time.After(5 * time.Minute)
		if took := time.Duration(wrote.Load()); took < 45*time.Second || took > 76*time.Second {
			t.Errorf("cut off after %v", took)
		}
	}, func(e *echo.Echo) {
		e.GET("/api/big", func(c echo.Context) error {
			begin := time.Now()
			_, err := c.Response().Write(make([]byte, 4<<20))
			wrote.Store(int64(time.Since(begin)))
			return err
		})
	})
}

func TestRun_doesNotWaitForConnectionsThatSayNothing(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, p *pipes, stop func() error) {
		p.dial()
		p.dial() // the first one is accepted
		begin := time.Now()
		if err := stop(); err != nil || time.Since(begin) > time.Second {
			t.Errorf("stopped after %v: %v", time.Since(begin), err)
		}
	})
}

func TestRun_waitsBrieflyForARequestThatIsHalfSent(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, p *pipes, stop func() error) {
		if _, err := io.WriteString(p.dial(), "GET / HT"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // it has been read
		begin := time.Now()
		if err := stop(); err != nil || time.Since(begin) > 2*time.Second {
			t.Errorf("stopped after %v: %v", time.Since(begin), err)
		}
	})
}
