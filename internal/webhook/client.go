package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"namets/internal/namets"
	"namets/internal/network"
	"namets/internal/secret"
)

const (
	defaultTimeout = 90 * time.Second

	answerRead = 64 << 10        // bytes of an answer's body that are read at most
	answerSize = 2 << 10         // bytes of them that are kept
	answerTime = 5 * time.Second // for reading them: the status is known by then
)

// ClientConfig configures a [Client].
type ClientConfig struct {
	// URL is N8N_WEBHOOK_URL. Anyone who knows its path can forge webhooks, so only its host is
	// ever shown.
	URL secret.Value
	// Timeout limits one attempt, until the status of the response arrives; 0 means 90 s.
	Timeout time.Duration
	// Keys returns the signing secrets, newest first; nil or none means unsigned. It is called for
	// each attempt.
	Keys func() []secret.Value
	// Now is the clock for timestamps; nil means time.Now.
	Now func() time.Time
	// Transport sends the requests; nil means a transport of its own.
	Transport http.RoundTripper
}

// Client makes single attempts. It is safe for concurrent use.
type Client struct {
	cfg ClientConfig
	url *url.URL
}

// NewClient returns a client for the URL, which must be absolute with the scheme http or https.
func NewClient(cfg ClientConfig) (*Client, error) {
	u, err := url.Parse(cfg.URL.Reveal())
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, errors.New("the webhook URL must begin with http:// or https:// and name a host")
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.Keys == nil {
		cfg.Keys = func() []secret.Value { return nil }
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Transport == nil {
		cfg.Transport = newTransport()
	}
	return &Client{cfg: cfg, url: u}, nil
}

// newTransport returns the transport to the target of the configuration.
func newTransport() *http.Transport {
	return transport(http.ProxyFromEnvironment, nil)
}

// newHookTransport returns the transport to hooks, whose URLs come through the API. A proxy would
// connect to addresses that are refused here, so there is none.
func newHookTransport() *http.Transport { return transport(nil, network.Guard) }

func transport(proxy func(*http.Request) (*url.URL, error),
	control func(network, address string, c syscall.RawConn) error) *http.Transport {
	dialer := &net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second, Control: control}
	return &http.Transport{
		Proxy:               proxy,
		DialContext:         dialer.DialContext,
		TLSHandshakeTimeout: 15 * time.Second,
		ForceAttemptHTTP2:   true,
		DisableCompression:  true, // an answer is never longer than it looks
		MaxIdleConnsPerHost: parallel,
		IdleConnTimeout:     4 * time.Second, // n8n closes them after five, perhaps just as an attempt begins
		// Attempts share an HTTP/2 connection: if it is dead, the next attempt must not hang on it,
		// too.
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: 10 * time.Second, PingTimeout: 10 * time.Second},
		MaxResponseHeaderBytes: answerRead,
	}
}

// Host returns host and port of the URL, the only part that may be shown.
func (c *Client) Host() string { return c.url.Host }

// CloseIdle closes the connections that no attempt uses.
func (c *Client) CloseIdle() { closeIdle(c.cfg.Transport) }

func closeIdle(transport http.RoundTripper) {
	if t, ok := transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// Result is the result of one attempt.
type Result struct {
	namets.Attempt
	// RetryAfter is the receiver's Retry-After, or 0 without one.
	RetryAfter time.Duration
	// Failure is why no response arrived. It is 0 if one did, and if Cut.
	Failure network.Failure
	// Hung means that no response arrived in time: the receiver may be asleep, stuck or
	// unreachable.
	Hung bool
	// Cut means that the context ended before a response arrived, so it is unknown whether the
	// receiver accepted the webhook.
	Cut bool
}

// Delivered reports whether the receiver accepted the webhook.
func (r *Result) Delivered() bool { return r.Status/100 == 2 }

// Send is SendWithin with the configured timeout.
func (c *Client) Send(ctx context.Context, id string, body []byte) Result {
	return c.SendWithin(ctx, c.cfg.Timeout, id, func(time.Time) ([]byte, error) { return body, nil })
}

// SendWithin makes one attempt with what build returns for its time. It blocks until a response
// arrives, patience has passed, or ctx ends. It follows no redirect and reads at most 64 KiB of the
// response.
func (c *Client) SendWithin(ctx context.Context, patience time.Duration, id string,
	build func(at time.Time) ([]byte, error)) (r Result) {
	r.At = c.cfg.Now()
	began := time.Now()
	defer func() { r.Duration = time.Since(began) }()
	attempt, cancel := context.WithCancel(ctx)
	defer cancel()
	timeout := time.AfterFunc(patience, cancel)
	defer timeout.Stop()

	body, err := build(r.At)
	if err != nil {
		r.Error = "its text could not be put together"
		return r
	}
	keys := slices.DeleteFunc(c.cfg.Keys(), secret.Value.IsZero)
	req, err := c.request(attempt, body)
	if err != nil {
		r.Error = "the webhook URL is not one"
		return r
	}
	sign(req.Header, keys, id, r.At, body)
	resp, err := c.cfg.Transport.RoundTrip(req) // not a Client: nothing here follows redirects
	if err != nil {
		r.Cut = ctx.Err() != nil
		switch {
		case r.Cut:
			r.Error = "cut off because the service stopped"
		case attempt.Err() != nil:
			r.Hung, r.Failure = true, network.Late
			r.Error = fmt.Sprintf("no answer within %v", patience)
		default:
			r.Hung, r.Failure = timedOut(err), network.FailureOf(err)
			r.Error = r.Failure.Error()
		}
		return r
	}
	defer resp.Body.Close()
	timeout.Reset(min(answerTime, patience))
	r.Status = resp.StatusCode
	r.RetryAfter = retryAfter(resp.Header, r.At)
	r.Answer = readAnswer(resp.Body, keys)
	if !r.Delivered() {
		r.Error = statusWords(r.Status)
	}
	return r
}

// timedOut reports whether the connection or the handshake timed out.
func timedOut(err error) bool {
	netErr, ok := errors.AsType[net.Error](err)
	return ok && netErr.Timeout()
}

func (c *Client) request(ctx context.Context, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.URL.Reveal(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "namets")
	if user := c.url.User; user != nil {
		password, _ := user.Password()
		req.SetBasicAuth(user.Username(), password)
	}
	return req, nil
}

// statusWords says what is wrong with a response outside 2xx.
func statusWords(status int) string {
	words := strings.TrimSpace(fmt.Sprintf("answered %d %s", status, http.StatusText(status)))
	switch {
	case status == http.StatusNotFound:
		return words + ": no active workflow listens at this path"
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return words + ": the header that the workflow wants is missing or has another value"
	case status/100 == 3 && status != http.StatusNotModified:
		return words + ": redirects are not followed"
	}
	return words
}

// readAnswer returns the beginning of a response as text that can be stored, without the secret
// header value that the receiver may echo. It does not matter if the rest is slow, endless or
// missing, because the status has arrived.
func readAnswer(body io.Reader, keys []secret.Value) string {
	raw, _ := io.ReadAll(io.LimitReader(body, answerRead))
	text := strings.ToValidUTF8(string(raw), "\ufffd")
	for _, key := range keys {
		text = strings.ReplaceAll(text, HeaderToken(key).Reveal(), "[redacted]")
	}
	if len(text) > answerSize {
		text = strings.ToValidUTF8(text[:answerSize], "")
	}
	return strings.ReplaceAll(text, "\x00", "\ufffd")
}
