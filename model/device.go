package model

import (
	"context"
	"fmt"
	"strings"

	"ringmaster/gpus"
	"ringmaster/model/torch"
)

// openDevice opens the device that a model is to be on. Where that is a GPU and there is none to be seen, as in a
// container to which its runtime gave none, the error says so first.
func openDevice(ctx context.Context, name string) (torch.Device, error) {
	d, err := torch.OpenDevice(ctx, name)
	if err != nil && strings.HasPrefix(name, "cuda") && gpus.Visible() == 0 {
		return d, fmt.Errorf("%q was asked for, and no GPU is visible here: %w", name, err)
	}
	return d, err
}
