package server

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

const forwardedFor = "X-Forwarded-For"

// ClientAddress is the network address of the client: the peer's, or what a trusted proxy says it
// is. It is the zero Addr when the connection has none, as in tests. c.RealIP() is the same as
// text.
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

// of returns the client's address. Headers of a peer that is not trusted do not count.
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

// single returns the one address of a header that holds one, or peer, who should have sent it so.
func single(peer netip.Addr, values []string) netip.Addr {
	if len(values) == 1 {
		if addr, ok := parseForwarded(values[0]); ok {
			return addr
		}
	}
	return peer
}

// text is of for Echo: c.RealIP() returns it. Empty when there is no address.
func (a clientAddresses) text(r *http.Request) string {
	addr := a.of(r)
	if !addr.IsValid() {
		return ""
	}
	return addr.String()
}

// lastUntrusted walks the list from its end, where the nearest proxy wrote, and stops at the first
// address that is not a trusted proxy. What is further left comes from the client and is not
// believed. An entry that is no address ends the walk at the proxy that wrote it.
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

// parseForwarded reads an address with or without a port. A zone, which could hold any text, is
// refused.
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
