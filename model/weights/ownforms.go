package weights

// withOwnForms is a configuration that shares nothing with the one it is of: config.json is read into it.
func (c BertConfig) withOwnForms() BertConfig {
	if c.SharedLayers != nil {
		own := *c.SharedLayers
		c.SharedLayers = &own
	}
	if c.Rotary != nil {
		own := *c.Rotary
		c.Rotary = &own
	}
	if c.Disentangled != nil {
		own := *c.Disentangled
		c.Disentangled = &own
	}
	return c
}

// keepForms drops what only another architecture has, whatever config.json says.
func (c *BertConfig) keepForms(defaults BertConfig) {
	if defaults.SharedLayers == nil {
		c.SharedLayers = nil
	}
	if defaults.Rotary == nil {
		c.Rotary = nil
	}
	if defaults.Disentangled == nil {
		c.Disentangled = nil
	}
}
