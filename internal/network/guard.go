package network

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
)

// lookUpPatience is how long [CheckHost] waits for DNS.
const lookUpPatience = 3 * time.Second

// ErrOddHost means that a host is written in a way that programs read differently.
var ErrOddHost = errors.New("the host must be a name in ASCII, an IPv4 address of four decimal numbers, or " +
	"an IPv6 address without a zone")

// Guard is the Control of a [net.Dialer] whose targets strangers choose: it refuses to connect to
// link-local and unspecified addresses and to those of the metadata services of clouds, which
// answer every request. Private and loopback addresses are allowed. It sees the address that DNS
// has given for this connection, so that a name that changes between a check and a use is of no
// help. Its error is [Forbidden].
func Guard(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !allowed(at.Addr()) {
		return Forbidden
	}
	return nil
}

// refused are the networks that [Guard] refuses. 100.100.100.200 and fd00:ec2::254 are metadata
// services outside of the link-local networks.
func refused() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("fe80::/10"),
		netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("::/128"),
		netip.MustParsePrefix("fd00:ec2::254/128"), netip.MustParsePrefix("100.100.100.200/32"),
	}
}

// allowed reports whether the address is none of refused, also if it is an IPv4 address within an
// IPv6 one: mapped, or translated by a gateway (NAT64).
func allowed(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if netip.MustParsePrefix("64:ff9b::/96").Contains(ip) {
		b := ip.As16()
		ip = netip.AddrFrom4([4]byte(b[12:]))
	}
	return ip.IsValid() && !slices.ContainsFunc(refused(), func(p netip.Prefix) bool { return p.Contains(ip) })
}

// Resolver is what [CheckHost] needs of a [net.Resolver].
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// CheckHost reports whether webhooks may go to the host, as [url.URL.Hostname] returns it. It waits
// for DNS for at most three seconds. Its errors are [Forbidden] if one of the host's addresses is
// refused by [Guard], [ErrOddHost], and another [Failure] if DNS does not give an address now,
// which says nothing about later.
func CheckHost(ctx context.Context, r Resolver, host string) error {
	if strings.ContainsFunc(host, func(c rune) bool { return c > '~' || c <= ' ' || c == '%' }) {
		return ErrOddHost
	}
	host = strings.TrimRight(host, ".")
	if ip, err := netip.ParseAddr(host); err == nil {
		return verdict(ip)
	}
	if host == "" || numeric(host) {
		return ErrOddHost
	}
	ctx, cancel := context.WithTimeout(ctx, lookUpPatience)
	defer cancel()
	list, err := r.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return FailureOf(err)
	}
	for _, ip := range list {
		if err := verdict(ip); err != nil {
			return err
		}
	}
	return nil
}

func verdict(ip netip.Addr) error {
	if !allowed(ip) {
		return Forbidden
	}
	return nil
}

// numeric reports whether some programs read the host as an IPv4 address: its last part is a
// decimal, octal or hexadecimal number, as in 2852039166, 0xa9fea9fe and 169.254.43518.
func numeric(host string) bool {
	last := strings.ToLower(host[strings.LastIndexByte(host, '.')+1:])
	digits, set := last, "0123456789"
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		digits, set = hex, "0123456789abcdef"
	}
	return strings.Trim(digits, set) == ""
}
