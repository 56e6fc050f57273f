package network_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"namets/internal/network"
)

// names is a resolver with fixed answers.
type names map[string][]string

func (n names) LookupNetIP(ctx context.Context, _, host string) (list []netip.Addr, err error) {
	if host == "slow.example" {
		<-ctx.Done()
		return nil, &net.DNSError{Err: ctx.Err().Error(), Name: host, IsTimeout: true}
	}
	for _, text := range n[host] {
		list = append(list, netip.MustParseAddr(text))
	}
	if list == nil {
		err = &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return list, err
}

// addresses are addresses in the forms in which a connection meets them, and whether they are
// allowed.
func addresses() map[string]bool {
	return map[string]bool{
		"169.254.0.0": false, "169.254.169.254": false, "169.254.255.255": false, "169.253.255.255": true,
		"169.255.0.0": true, "0.0.0.0": false, "0.1.2.3": false, "1.0.0.0": true, "100.100.100.200": false,
		"100.100.100.199": true, "127.0.0.1": true, "10.0.0.1": true, "192.168.1.1": true, "172.16.0.1": true,
		"100.64.0.1": true, "8.8.8.8": true,
		"::": false, "::1": true, "fe80::1": false, "febf:ffff::1": false, "fec0::1": true, "fe7f::1": true,
		"fd00:ec2::254": false, "fd00:ec2::253": true, "fd12:3456::1": true, "2001:db8::1": true,
		"::ffff:169.254.169.254": false, "::ffff:0.0.0.0": false, "::ffff:0.9.9.9": false,
		"::ffff:100.100.100.200": false, "::ffff:127.0.0.1": true, "::ffff:10.0.0.1": true,
		"64:ff9b::169.254.169.254": false, "64:ff9b::0.0.0.0": false, "64:ff9b::6464:64c8": false,
		"64:ff9b::8.8.8.8": true, "64:ff9b::1:a9fe:a9fe": true,
	}
}

func TestGuard_knowsAddresses(t *testing.T) {
	for text, ok := range addresses() {
		want := error(nil)
		if !ok {
			want = network.Forbidden
		}
		if got := network.Guard("tcp", net.JoinHostPort(text, "80"), nil); got != want { //nolint:errorlint // bare
			t.Errorf("connect to %s: %v, want %v", text, got, want)
		}
		if got := network.CheckHost(t.Context(), names{}, text); got != want { //nolint:errorlint // bare
			t.Errorf("host %s: %v, want %v", text, got, want)
		}
		resolver := names{"n8n.example.org": {"127.0.0.1", text}}
		if got := network.CheckHost(t.Context(), resolver, "n8n.example.org"); got != want { //nolint:errorlint // bare
			t.Errorf("a name of %s: %v, want %v", text, got, want)
		}
	}
	for _, address := range []string{"[fe80::1%eth0]:80", "no address", "169.254.1.1"} {
		if got := network.Guard("tcp", address, nil); got != network.Forbidden { //nolint:errorlint // bare
			t.Errorf("connect to %s: %v", address, got)
		}
	}
}

func TestCheckHost_refusesOddForms(t *testing.T) {
	resolver := names{"n8n.example.org": {"192.0.2.1"}, "metadata.google.internal": {"169.254.169.254"},
		"localhost": {"127.0.0.1", "::1"}, "1e100.example": {"192.0.2.1"}, "0x7f.example": {"192.0.2.1"}}
	for host, want := range map[string]error{
		"n8n.example.org": nil, "n8n.example.org.": nil, "localhost": nil, "1e100.example": nil, "0x7f.example": nil,
		"169.254.169.254.": network.Forbidden, "169.254.169.254..": network.Forbidden,
		"metadata.google.internal": network.Forbidden, "metadata.google.internal.": network.Forbidden,
		"2852039166": network.ErrOddHost, "0xa9fea9fe": network.ErrOddHost, "0XA9FEA9FE": network.ErrOddHost,
		"0251.0376.0251.0376": network.ErrOddHost, "0xa9.0xfe.0xa9.0xfe": network.ErrOddHost, "0x": network.ErrOddHost,
		"169.254.43518": network.ErrOddHost, "169.16689662": network.ErrOddHost, "127.1": network.ErrOddHost,
		"025177524776": network.ErrOddHost, "0": network.ErrOddHost, "169.254.169.254.1": network.ErrOddHost,
		"fe80::1%eth0": network.ErrOddHost, "::1%lo": network.ErrOddHost, "": network.ErrOddHost,
		".":               network.ErrOddHost,
		"１６９.254.169.254": network.ErrOddHost, "bücher.example": network.ErrOddHost, "a b": network.ErrOddHost,
		"unknown.example": network.UnknownHost,
	} {
		if got := network.CheckHost(t.Context(), resolver, host); got != want { //nolint:errorlint // they are bare
			t.Errorf("%q: %v, want %v", host, got, want)
		}
	}
}

func TestCheckHost_waitsForDNSWithinABound(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if got := network.CheckHost(ctx, names{}, "slow.example"); got != network.NoDNS { //nolint:errorlint // it is bare
		t.Errorf("got %v", got)
	}
}

// TestCheckHost_readsTheHostAsTheClientDoes checks that no trick in a URL shows the check another
// host than the one to which net/http connects.
func TestCheckHost_readsTheHostAsTheClientDoes(t *testing.T) {
	for _, text := range []string{"http://n8n.example.org@169.254.169.254/", "http://169.254.169.254#@n8n.example.org/",
		"http://169.254.169.254?@n8n.example.org/", "http://[::ffff:a9fe:a9fe]/", "http://[64:ff9b::a9fe:a9fe]:80/",
		"http://169.254.169.254.:80/", "http://[fe80::1%25eth0]/"} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := network.CheckHost(t.Context(), names{"n8n.example.org": {"192.0.2.1"}}, u.Hostname()); err == nil {
			t.Errorf("%s is accepted", text)
		}
	}
}

// changingDNS starts a DNS server that answers every question for an address with the next of the
// answers, and then with the last one, and returns a resolver that asks it.
func changingDNS(t *testing.T, answers ...string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		asked := 0
		buf := make([]byte, 1<<10)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) == 0 {
				continue
			}
			m.Response, m.Additionals = true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body:   &dnsmessage.AResource{A: netip.MustParseAddr(answers[min(asked, len(answers)-1)]).As4()},
				}}
				asked++
			}
			if packed, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(packed, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func TestGuard_holdsAgainstANameThatChanges(t *testing.T) {
	var reached atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer srv.Close()
	_, port, err := net.SplitHostPort(srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	resolver := changingDNS(t, "127.0.0.1", "127.0.0.1", "169.254.169.254")
	if err := network.CheckHost(t.Context(), resolver, "rebind.example"); err != nil {
		t.Fatalf("when it is registered: %v", err)
	}
	dialer := &net.Dialer{Resolver: resolver, Control: network.Guard, Timeout: 5 * time.Second}
	client := &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}}
	resp, err := client.Get("http://rebind.example:" + port + "/")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	_, err = client.Get("http://rebind.example:" + port + "/") //nolint:bodyclose // there is none
	if got := network.FailureOf(err); got != network.Forbidden || !errors.Is(err, network.Forbidden) || got.Sent() {
		t.Errorf("after the change: %v of %v", got, err)
	}
	if reached.Load() != 1 {
		t.Errorf("%d requests arrived", reached.Load())
	}
}
