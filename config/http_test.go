package config

import (
	"errors"
	"testing"
)

func TestAddressesOfTheHTTPEndpoint(t *testing.T) {
	for address, valid := range map[string]bool{
		"off": true, HTTPDefault: true, ":8080": true, "0.0.0.0:8080": true, "[::]:8080": true, "host.example:80": true, "localhost:0": true,
		"": false, "8080": false, "127.0.0.1": false, "host:http": false, "host:-1": false, "host:65536": false, "http://host:80": false, "a b:80": false, "x\x1b:80": false,
	} {
		if err := CheckHTTP(address); (err == nil) != valid || err != nil && !errors.Is(err, ErrValue) {
			t.Errorf("%q: %v, want valid: %v", address, err, valid)
		}
	}
}
