package deploy

// FetchPod is a pod that has a run's volume and holds it for a while, for files to be fetched through
// it. It keeps the Pod Security Standard restricted, and reaches nothing.
func FetchPod(run, image, hold string) map[string]any {
	labels := object{"app.kubernetes.io/name": "ringmaster", "app.kubernetes.io/instance": run, "app.kubernetes.io/component": "fetch"}
	amounts := object{"cpu": "100m", "memory": "256Mi"}
	return object{
		"apiVersion": "v1", "kind": "Pod", "metadata": object{"name": run + "-fetch", "labels": labels},
		"spec": object{
			"restartPolicy": "Never", "automountServiceAccountToken": false, "enableServiceLinks": false, "terminationGracePeriodSeconds": 1,
			"securityContext": object{
				"runAsNonRoot": true, "runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532,
				"seccompProfile": object{"type": "RuntimeDefault"},
			},
			"containers": []object{{
				"name": "coordinator", "image": image, "imagePullPolicy": "IfNotPresent", "args": []string{"files", "hold", "--for", hold},
				"resources": object{"requests": amounts, "limits": amounts},
				"securityContext": object{
					"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": object{"drop": []string{"ALL"}},
				},
				"volumeMounts": []object{{"name": "run", "mountPath": runDirs}},
			}},
			"volumes": []object{{"name": "run", "persistentVolumeClaim": object{"claimName": run + "-run"}}},
		},
	}
}
