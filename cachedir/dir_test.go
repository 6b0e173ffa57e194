package cachedir_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringmaster/cachedir"
)

func TestDir(t *testing.T) {
	home, tmp := t.TempDir(), t.TempDir()
	notDir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(notDir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ env, cache, home, want string }{
		"named":              {env: "/somewhere/cache", home: home, want: "/somewhere/cache"},
		"the user's":         {cache: home, home: "/root", want: filepath.Join(home, "ringmaster")},
		"no home":            {want: tmp},
		"a home that is not": {cache: filepath.Join(notDir, "below"), home: notDir, want: tmp},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(cachedir.Env, c.env)
			t.Setenv("XDG_CACHE_HOME", c.cache)
			t.Setenv("HOME", c.home)
			t.Setenv("TMPDIR", tmp)
			got, err := cachedir.Dir()
			if err != nil || got != c.want && !strings.HasPrefix(got, c.want+"/ringmaster-cache-") {
				t.Errorf("%s, %v; want %s", got, err, c.want)
			}
		})
	}
}

// Under a name that anybody can guess, only a folder of one's own is used.
func TestSomebodyElsesFolderIsNotUsed(t *testing.T) {
	tmp, elsewhere := t.TempDir(), t.TempDir()
	t.Setenv(cachedir.Env, "")
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	t.Setenv("TMPDIR", tmp)
	dir, err := cachedir.Dir()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := cachedir.Dir(); !errors.Is(err, cachedir.ErrCache) {
		t.Errorf("a folder that all may write to: %v", err)
	}
	if err := errors.Join(os.Remove(dir), os.Symlink(elsewhere, dir)); err != nil {
		t.Fatal(err)
	}
	if _, err := cachedir.Dir(); !errors.Is(err, cachedir.ErrCache) {
		t.Errorf("a link: %v", err)
	}
}
