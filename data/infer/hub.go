package infer

import (
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// classesBeside reads the names of classes of a data set of the Hugging Face hub out of its dataset_info.json and the head
// of its README.md, in the folder or one above it. What cannot be read has no names.
func classesBeside(folder string) map[string][]string {
	classes := map[string][]string{}
	for _, dir := range []string{folder, filepath.Dir(folder)} {
		if about, err := os.ReadFile(filepath.Join(dir, "README.md")); err == nil {
			maps.Copy(classes, classesOfCard(string(about), filepath.Base(folder)))
		}
		if about, err := os.ReadFile(filepath.Join(dir, "dataset_info.json")); err == nil {
			maps.Copy(classes, classesOfHub(about))
		}
		if len(classes) > 0 {
			break
		}
	}
	return classes
}

// cardFeature is a column in the head of a README.md.
type cardFeature struct {
	Name  string    `yaml:"name"`
	Type  yaml.Node `yaml:"dtype"`
	List  yaml.Node `yaml:"list"`
	Other yaml.Node `yaml:"sequence"`
}

type cardInfo struct {
	Name     string        `yaml:"config_name"`
	Features []cardFeature `yaml:"features"`
}

// classesOfCard reads the head of a data set's README.md; of several configurations the named one.
func classesOfCard(card, configuration string) map[string][]string {
	rest, begins := strings.CutPrefix(card, "---\n")
	head, _, ends := strings.Cut(rest, "\n---")
	if !begins || !ends {
		return nil
	}
	var about struct {
		Info yaml.Node `yaml:"dataset_info"`
	}
	if yaml.Unmarshal([]byte(head), &about) != nil {
		return nil
	}
	var infos []cardInfo
	if about.Info.Decode(&infos) != nil {
		var one cardInfo
		if about.Info.Decode(&one) != nil {
			return nil
		}
		infos = []cardInfo{one}
	}
	classes := map[string][]string{}
	for _, info := range infos {
		if len(infos) > 1 && info.Name != configuration {
			continue
		}
		for _, f := range info.Features {
			for _, node := range []yaml.Node{f.Type, f.List, f.Other} {
				if names := cardNames(node); names != nil {
					classes[f.Name] = names
				}
			}
		}
	}
	return classes
}

// cardNames are the names of a class_label: {names: {'0': negative, '1': positive}}.
func cardNames(node yaml.Node) []string {
	var label struct {
		Class struct {
			Names map[string]string `yaml:"names"`
		} `yaml:"class_label"`
	}
	if node.Decode(&label) != nil || len(label.Class.Names) == 0 {
		return nil
	}
	names := make([]string, len(label.Class.Names))
	for number, name := range label.Class.Names {
		i, err := strconv.Atoi(number)
		if err != nil || i < 0 || i >= len(names) {
			return nil
		}
		names[i] = name
	}
	return names
}
