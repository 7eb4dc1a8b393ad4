package app

import (
	"errors"
	"net/netip"
)

// bounds are how many requests one caller may make, and who may say where a
// caller is.
type bounds struct {
	Rate           int      `help:"Requests a second by one app or person who showed a right secret; ten seconds' worth at once. 0 is no bound." default:"1000" env:"BEVAN_RATE" placeholder:"N"`
	RateUnknown    int      `help:"Requests a second from one address to /fhir and /oauth that show no right secret; ten seconds' worth at once. 0 is no bound." default:"100" env:"BEVAN_RATE_UNKNOWN" placeholder:"N"`
	TrustedProxies []string `name:"trusted-proxy" help:"The address of a proxy of yours, or its network as 10.0.0.0/8. Only what it says in Forwarded or X-Forwarded-For of where a request comes from is believed." env:"BEVAN_TRUSTED_PROXIES" placeholder:"CIDR"`
}

// burst is how many seconds' worth of requests may come at once.
const burst = 10

// Validate is asked by the command line.
func (b bounds) Validate() error {
	if b.Rate < 0 || b.RateUnknown < 0 || b.Rate > 1_000_000 || b.RateUnknown > 1_000_000 {
		return errors.New("a rate is a number of requests a second, from 0 to 1000000")
	}
	for _, s := range b.TrustedProxies {
		if _, err := readProxy(s); err != nil {
			return err
		}
	}
	return nil
}

// readProxy reads an address or a network. A network of everybody would let
// anybody say that they are somebody else.
func readProxy(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, errors.New("--trusted-proxy takes an address or a network, such as 10.0.0.7 or 10.0.0.0/24")
	}
	if p.Bits() == 0 {
		return p, errors.New("--trusted-proxy can not be everybody: anybody could say that they are somebody else. Name the proxy")
	}
	return p.Masked(), nil
}

func (b bounds) proxies() (list []netip.Prefix) {
	for _, s := range b.TrustedProxies {
		if p, err := readProxy(s); err == nil { // Validate refused the others
			list = append(list, p)
		}
	}
	return list
}
