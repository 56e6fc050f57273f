package server

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

const forwardedFor = "X-Forwarded-For"

// ClientAddress is the network address of the client: the peer's, or the one that a trusted proxy
// reports. It is the zero Addr if the connection has none, as in tests. c.RealIP() returns the same
// as text.
func ClientAddress(c echo.Context) netip.Addr {
	addr, _ := netip.ParseAddr(c.RealIP())
	return addr
}

// clientAddresses finds the client's address behind trusted proxies.
type clientAddresses struct {
	trusted []netip.Prefix
	header  string // canonical
	edge    string // canonical; counts before header; empty: none
}

func newClientAddresses(trusted []netip.Prefix, header, edge string) clientAddresses {
	return clientAddresses{
		trusted: slices.Clone(trusted),
		header:  http.CanonicalHeaderKey(orDefault(header, forwardedFor)),
		edge:    http.CanonicalHeaderKey(edge),
	}
}

// of returns the client's address. Headers of an untrusted peer are ignored.
func (a clientAddresses) of(r *http.Request) netip.Addr {
	peer := peerOf(r)
	if !a.trusts(peer) {
		return peer
	}
	if values := r.Header[a.edge]; len(values) > 0 {
		return single(peer, values)
	}
	values := r.Header[a.header]
	if a.header == forwardedFor {
		return a.lastUntrusted(peer, values)
	}
	return single(peer, values)
}

// single returns the address in a header that contains exactly one, or else peer, the proxy that
// should have sent it.
func single(peer netip.Addr, values []string) netip.Addr {
	if len(values) == 1 {
		if addr, ok := parseForwarded(values[0]); ok {
			return addr
		}
	}
	return peer
}

// text is the function for Echo: c.RealIP() returns its result. It is empty if there is no address.
func (a clientAddresses) text(r *http.Request) string {
	addr := a.of(r)
	if !addr.IsValid() {
		return ""
	}
	return addr.String()
}

// lastUntrusted reads the list from its end, where the nearest proxy wrote, and stops at the first
// address that is not a trusted proxy. Everything to its left comes from the client and is not
// trusted. If an entry is not an address, the proxy that wrote it counts as the client.
func (a clientAddresses) lastUntrusted(nearest netip.Addr, values []string) netip.Addr {
	for _, value := range slices.Backward(values) {
		for value != "" {
			i := strings.LastIndexByte(value, ',')
			addr, ok := parseForwarded(value[i+1:])
			if !ok {
				return nearest
			}
			if nearest = addr; !a.trusts(addr) {
				return addr
			}
			value = value[:max(i, 0)]
		}
	}
	return nearest
}

func (a clientAddresses) trusts(addr netip.Addr) bool {
	for _, p := range a.trusted {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

func peerOf(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return peer.Addr().Unmap().WithZone("")
}

// parseForwarded parses an address with or without a port. It refuses a zone, which could contain
// any text.
func parseForwarded(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	if err != nil {
		ap, err := netip.ParseAddrPort(s)
		if err != nil {
			return netip.Addr{}, false
		}
		addr = ap.Addr()
	}
	return addr.Unmap(), addr.Zone() == ""
}
