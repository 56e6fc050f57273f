package server_test

import (
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/labstack/echo/v4"

	"namets/internal/server"
)

func TestClientAddress(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fdaa::/16")}
	const fly, forwarded, edge = "Fly-Client-IP", "X-Forwarded-For", "CF-Connecting-IP"
	tests := []struct {
		name, header, peer string
		headers            []string // pairs
		want               string
	}{
		{"Cloudflare's network names the client", forwarded, "10.1.2.3:4",
			[]string{edge, "203.0.113.7", forwarded, "1.1.1.1,203.0.113.7, 172.70.247.28, 10.19.6.53"}, "203.0.113.7"},
		{"Cloudflare's header from a stranger", forwarded, "198.51.100.1:4", []string{edge, "203.0.113.7"},
			"198.51.100.1"},
		{"Cloudflare's header twice", forwarded, "10.1.2.3:4", []string{edge, "1.1.1.1", edge, "203.0.113.7"},
			"10.1.2.3"},
		{"Cloudflare's header with garbage", forwarded, "10.1.2.3:4",
			[]string{edge, "<script>", forwarded, "203.0.113.7"}, "10.1.2.3"},
		{"no header", forwarded, "10.1.2.3:4", nil, "10.1.2.3"},
		{"from a trusted peer", forwarded, "10.1.2.3:4", []string{forwarded, "203.0.113.7"}, "203.0.113.7"},
		{"from a stranger", forwarded, "198.51.100.1:4", []string{forwarded, "203.0.113.7"}, "198.51.100.1"},
		{"what the client wrote is further left", forwarded, "10.1.2.3:4", []string{forwarded, "1.1.1.1, 203.0.113.7"},
			"203.0.113.7"},
		{"the client names a trusted proxy", forwarded, "10.1.2.3:4", []string{forwarded, "10.9.9.9, 203.0.113.7"},
			"203.0.113.7"},
		{"through two proxies", forwarded, "10.1.2.3:4", []string{forwarded, "1.1.1.1,203.0.113.7 , 10.0.0.5"},
			"203.0.113.7"},
		{"two headers are one list", forwarded, "10.1.2.3:4", []string{forwarded, "1.1.1.1", forwarded, "203.0.113.7"},
			"203.0.113.7"},
		{"from inside", forwarded, "10.1.2.3:4", []string{forwarded, "10.0.0.9, 10.0.0.5"}, "10.0.0.9"},
		{"garbage at the end", forwarded, "10.1.2.3:4", []string{forwarded, "203.0.113.7, unknown"}, "10.1.2.3"},
		{"garbage before a proxy", forwarded, "10.1.2.3:4", []string{forwarded, "<script>, 10.0.0.5"}, "10.0.0.5"},
		{"an empty entry", forwarded, "10.1.2.3:4", []string{forwarded, "203.0.113.7,"}, "10.1.2.3"},
		{"an empty header", forwarded, "10.1.2.3:4", []string{forwarded, ""}, "10.1.2.3"},
		{"with a port", forwarded, "10.1.2.3:4", []string{forwarded, "203.0.113.7:8080"}, "203.0.113.7"},
		{"IPv6", forwarded, "[fdaa::1]:4", []string{forwarded, "2001:db8::7"}, "2001:db8::7"},
		{"IPv6 with a port", forwarded, "[fdaa::1]:4", []string{forwarded, "[2001:db8::7]:80"}, "2001:db8::7"},
		{"IPv6 in brackets", forwarded, "[fdaa::1]:4", []string{forwarded, "[2001:db8::7]"}, "2001:db8::7"},
		{"a zone may hold anything", forwarded, "10.1.2.3:4", []string{forwarded, "fe80::1%\"}\n{"}, "10.1.2.3"},
		{"IPv4 in IPv6", forwarded, "[::ffff:10.1.2.3]:4", []string{forwarded, "::ffff:203.0.113.7"}, "203.0.113.7"},
		{"Fly's header does not count elsewhere", forwarded, "10.1.2.3:4", []string{fly, "203.0.113.7"}, "10.1.2.3"},
		{"default is X-Forwarded-For", "", "10.1.2.3:4", []string{forwarded, "203.0.113.7"}, "203.0.113.7"},
		{"Fly", fly, "10.1.2.3:4", []string{fly, "203.0.113.7", forwarded, "1.1.1.1"}, "203.0.113.7"},
		{"Fly from a stranger", fly, "198.51.100.1:4", []string{fly, "203.0.113.7"}, "198.51.100.1"},
		{"Fly without its header", fly, "10.1.2.3:4", []string{forwarded, "1.1.1.1"}, "10.1.2.3"},
		{"Fly's header twice", fly, "10.1.2.3:4", []string{fly, "203.0.113.7", fly, "203.0.113.8"}, "10.1.2.3"},
		{"Fly's header with a list", fly, "10.1.2.3:4", []string{fly, "203.0.113.7, 203.0.113.8"}, "10.1.2.3"},
		{"no peer", forwarded, "pipe", []string{forwarded, "203.0.113.7"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got string
			var addr netip.Addr
			s := server.New(server.Config{TrustedProxies: trusted, ClientAddressHeader: tt.header,
				EdgeAddressHeader: edge, Mounts: []func(*echo.Echo){func(e *echo.Echo) {
					e.GET("/", func(c echo.Context) error {
						got, addr = c.RealIP(), server.ClientAddress(c)
						return c.NoContent(204)
					})
				}}})
			req := httptest.NewRequest("GET", "/", nil)
			req.RemoteAddr = tt.peer
			for i := 0; i < len(tt.headers); i += 2 {
				req.Header.Add(tt.headers[i], tt.headers[i+1])
			}
			s.Handler().ServeHTTP(httptest.NewRecorder(), req)
			if got != tt.want || addr.IsValid() && addr.String() != tt.want || addr.IsValid() != (tt.want != "") {
				t.Errorf("got %q and %v, want %q", got, addr, tt.want)
			}
		})
	}
}

func TestRequestID(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	const own, fly = "X-Request-Id", "Fly-Request-Id"
	tests := []struct {
		name, client, peer string
		headers            []string
		want               string // empty: one of our own
	}{
		{"from a trusted proxy", "", "10.0.0.1:1", []string{own, "abc-123_X.y:z"}, "abc-123_X.y:z"},
		{"from a stranger", "", "192.0.2.1:1", []string{own, "abc"}, ""},
		{"not well-formed", "", "10.0.0.1:1", []string{own, `a"b`}, ""},
		{"with a line break", "", "10.0.0.1:1", []string{own, "a\nb"}, ""},
		{"empty", "", "10.0.0.1:1", []string{own, ""}, ""},
		{"too long", "", "10.0.0.1:1", []string{own, string(make([]byte, 200))}, ""},
		{"twice", "", "10.0.0.1:1", []string{own, "a", own, "b"}, ""},
		{"Fly's", "Fly-Client-IP", "10.0.0.1:1", []string{fly, "01H-fra", own, "client-made"}, "01H-fra"},
		{"Fly's elsewhere", "", "10.0.0.1:1", []string{fly, "01H-fra"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var inside string
			s := server.New(server.Config{TrustedProxies: proxies, ClientAddressHeader: tt.client,
				Mounts: []func(*echo.Echo){func(e *echo.Echo) {
					e.GET("/", func(c echo.Context) error {
						inside = server.RequestID(c)
						return c.NoContent(204)
					})
				}}})
			seen := map[string]bool{}
			for range 3 {
				req := httptest.NewRequest("GET", "/", nil)
				req.RemoteAddr = tt.peer
				for i := 0; i < len(tt.headers); i += 2 {
					req.Header.Add(tt.headers[i], tt.headers[i+1])
				}
				rec := httptest.NewRecorder()
				s.Handler().ServeHTTP(rec, req)
				got := rec.Header().Get(own)
				seen[got] = true
				if got != inside || got == "" || tt.want != "" && got != tt.want {
					t.Errorf("sent %q, inside %q, want %q", got, inside, tt.want)
				}
			}
			if tt.want == "" && len(seen) != 3 {
				t.Errorf("ids repeat: %v", seen)
			}
		})
	}
}
