package tokens

import (
	"fmt"
	"maps"
	"slices"
)

// readAdded lists the added tokens in the order in which transformers adds them.
func (d *declared) readAdded(files folderFiles) error {
	if d.asFile {
		d.tokens = files.file.added()
	}
	named, err := files.namedTokens(d)
	if err != nil {
		return err
	}
	var list []declaredToken
	if files.hasDecoder() {
		if list, err = readDecoder(files.config); err == nil && !d.asFile {
			err = files.checkDecoder(list, named)
		}
	} else {
		list, err = files.legacyTokens()
	}
	if err != nil {
		return err
	}
	slices.SortStableFunc(list, func(a, b declaredToken) int { return a.id - b.id })
	d.tokens = append(d.tokens, list...)
	for _, t := range named {
		if !contains(d.tokens, t.Content) {
			d.tokens = append(d.tokens, t)
		}
	}
	return d.checkOrder(files.config)
}

func contains(list []declaredToken, content string) bool {
	return slices.ContainsFunc(list, func(t declaredToken) bool { return t.Content == content })
}

// namedTokens are the special tokens that have a key, and those of additional_special_tokens, which version 5 calls
// extra_special_tokens.
func (f folderFiles) namedTokens(d *declared) (list []declaredToken, err error) {
	keys := slices.DeleteFunc(slices.Clone(nameKeys), func(key string) bool { _, ok := d.names[key]; return !ok })
	for _, key := range slices.Sorted(maps.Keys(d.names)) {
		if !slices.Contains(nameKeys, key) {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		list = append(list, declaredToken{d.names[key], undeclared, f.config.path})
	}
	extra, err := f.extraTokens()
	if d.class != nil && !f.namesExtra() {
		for _, name := range d.class.extra {
			extra = append(extra, special(name))
		}
	}
	for _, t := range extra {
		list = append(list, declaredToken{t, undeclared, f.config.path})
	}
	return list, err
}

// namesExtra says whether a file lists special tokens without a key, or none.
func (f folderFiles) namesExtra() bool {
	files := []jsonFile{f.config}
	if !f.hasDecoder() {
		files = append(files, f.specials)
	}
	for _, file := range files {
		for _, key := range []string{"extra_special_tokens", "additional_special_tokens"} {
			if _, there := file.keys[key]; there {
				return true
			}
		}
	}
	return false
}

func (f folderFiles) extraTokens() ([]addedToken, error) {
	for _, key := range []string{"extra_special_tokens", "additional_special_tokens"} {
		if tokens, err := f.config.tokenList(key); err != nil || len(tokens) > 0 {
			return tokens, err
		}
	}
	if f.hasDecoder() {
		return nil, nil
	}
	for _, key := range []string{"extra_special_tokens", "additional_special_tokens"} {
		if tokens, err := f.specials.tokenList(key); err != nil || len(tokens) > 0 {
			return tokens, err
		}
	}
	return nil, nil
}

// checkOrder refuses several tokens of keys that only this model has and that get new ids: the order of the keys in
// the file decides, which is not known here.
func (d *declared) checkOrder(config jsonFile) error {
	var fresh []string
	for key, t := range d.names {
		_, piece := d.pieces[t.Content]
		i := slices.IndexFunc(d.tokens, func(other declaredToken) bool { return other.Content == t.Content })
		if !slices.Contains(nameKeys, key) && !piece && d.tokens[i].id == undeclared {
			fresh = append(fresh, key)
		}
	}
	if len(fresh) < 2 {
		return nil
	}
	slices.Sort(fresh)
	return fmt.Errorf("%w: %s: the order of %s and %s decides about their ids: declare them in added_tokens_decoder",
		ErrUnsupported, config.path, fresh[0], fresh[1])
}

// legacyTokens are the added tokens of a folder whose tokenizer_config.json does not list them.
func (f folderFiles) legacyTokens() ([]declaredToken, error) {
	specials := map[string]bool{}
	for _, file := range []jsonFile{f.config, f.specials} {
		for _, key := range nameKeys {
			if !file.has(key) {
				continue
			}
			token, err := file.token(key)
			if err != nil {
				return nil, err
			}
			specials[token.Content] = true
		}
	}
	// Those of special_tokens_map.json's additional_special_tokens count as special for version 4 alone.
	extra, err := f.config.tokenList("additional_special_tokens")
	if err != nil {
		return nil, err
	}
	for _, file := range []jsonFile{f.config, f.specials} {
		more, err := file.tokenList("extra_special_tokens")
		if err != nil {
			return nil, err
		}
		extra = append(extra, more...)
	}
	for _, t := range extra {
		specials[t.Content] = true
	}
	var list []declaredToken
	for content := range f.legacy.keys {
		id := undeclared
		if err := f.legacy.decode(content, &id); err != nil {
			return nil, err
		}
		if id < 0 {
			return nil, fmt.Errorf("%w: %s: %q has no id", ErrBadConfig, f.legacy.path, content)
		}
		normalized := !specials[content]
		list = append(list, declaredToken{addedToken{Content: content, Normalized: &normalized, Special: specials[content]}, id, f.legacy.path})
	}
	if f.file != nil {
		list = append(list, f.file.added()...)
	}
	return list, nil
}

// checkDecoder refuses a tokenizer.json that adds tokens of which added_tokens_decoder says nothing: version 4 adds
// them, 5 does not.
func (f folderFiles) checkDecoder(decoder, named []declaredToken) error {
	if f.file == nil {
		return nil
	}
	for _, t := range f.file.Added {
		if !contains(decoder, t.Content) && !contains(named, t.Content) {
			return fmt.Errorf("%w: %s adds the token %q, the added_tokens_decoder of %s does not: make them agree",
				ErrUnsupported, f.file.path, t.Content, f.config.path)
		}
	}
	return nil
}
