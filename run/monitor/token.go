package monitor

import (
	"fmt"
	"os"
	"strings"

	"ringmaster/inputfile"
	"ringmaster/shown"
)

// Variables of the environment that give metrics and status a token of their own, so that
// Prometheus need not know the run's.
const (
	TokenEnv     = "RINGMASTER_METRICS_TOKEN"
	TokenFileEnv = "RINGMASTER_METRICS_TOKEN_FILE"
)

// longestToken bounds a file with a token, in bytes.
const longestToken = 4 << 10

// TokenFromEnv is the token of TokenEnv, or of the file that TokenFileEnv names; empty without
// either.
func TokenFromEnv() (string, error) {
	if token := strings.TrimSpace(os.Getenv(TokenEnv)); token != "" {
		return token, nil
	}
	path := os.Getenv(TokenFileEnv)
	if path == "" {
		return "", nil
	}
	text, err := inputfile.Read(path, longestToken)
	if err != nil {
		return "", fmt.Errorf("%w (%s): %w", ErrToken, TokenFileEnv, err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" {
		return "", fmt.Errorf("%w (%s): %s is empty", ErrToken, TokenFileEnv, shown.Quote(path))
	}
	return token, nil
}
