{{- define "ringmaster.selector" -}}
app.kubernetes.io/name: ringmaster
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Named by the content's hash: what a run was started with never changes under it. */}}
{{- define "ringmaster.config" -}}
{{ .Release.Name }}-config-{{ .Values.runFile | sha256sum | trunc 10 }}
{{- end }}
{{- define "ringmaster.seed" -}}
{{ .Release.Name }}-seed-{{ .Values.seed | sha256sum | trunc 10 }}
{{- end }}
{{- define "ringmaster.token" -}}
{{ .Release.Name }}-token-{{ .Values.token | sha256sum | trunc 10 }}
{{- end }}

{{- define "ringmaster.pod" -}}
restartPolicy: Never
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.priorityClass }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "ringmaster.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "ringmaster.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "ringmaster.tolerations" -}}
- {key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 30}
- {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 30}
{{- with .Values.tolerations }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "ringmaster.identity" -}}
- name: RUN
  valueFrom: {fieldRef: {fieldPath: "metadata.labels['app.kubernetes.io/instance']"}}
- name: NAMESPACE
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
{{- end }}

{{/* A pod failure policy's rules for what a cluster does to pods. */}}
{{- define "ringmaster.disrupted" -}}
- action: Ignore
  onExitCodes: {containerName: {{ . }}, operator: In, values: [130]}
- action: Ignore
  onPodConditions:
  - {type: DisruptionTarget, status: "True"}
{{- end }}
