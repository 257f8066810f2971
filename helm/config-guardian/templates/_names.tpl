{{- define "config-guardian.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains "config-guardian" .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-config-guardian" .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "config-guardian.selector" -}}
app.kubernetes.io/name: config-guardian
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- /* Of one kind of pods: a dict with root and component (member or replica). */ -}}
{{- define "config-guardian.selectorOf" -}}
{{ include "config-guardian.selector" .root }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "config-guardian.labels" -}}
{{ include "config-guardian.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "config-guardian.podMetadata" -}}
labels:
  {{- include "config-guardian.labels" .root | nindent 2 }}
  app.kubernetes.io/component: {{ .component }}
annotations:
  checksum/config: {{ toYaml .root.Values.config | sha256sum }}
  {{- with .root.Values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "config-guardian.apiScheme" -}}
{{- if .Values.tls.existingSecret }}https{{ else }}http{{ end -}}
{{- end -}}

{{- define "config-guardian.secret" -}}
{{- .Values.secret.existingSecret | default (include "config-guardian.fullname" .) -}}
{{- end -}}

{{- /* The name in DNS that the pods of the StatefulSet have theirs below. */ -}}
{{- define "config-guardian.peerDomain" -}}
{{- printf "%s-peers.%s.svc.%s" (include "config-guardian.fullname" .) .Release.Namespace .Values.clusterDomain -}}
{{- end -}}

{{- define "config-guardian.firstPeers" -}}
{{- $name := include "config-guardian.fullname" . -}}
{{- $domain := include "config-guardian.peerDomain" . -}}
{{- range $i := until (int .Values.members.initial) -}}
{{- if $i }},{{ end -}}
{{- printf "%s-%d=%s-%d.%s:7400" $name $i $name $i $domain -}}
{{- end -}}
{{- end -}}

{{- define "config-guardian.joinPeers" -}}
{{- $name := include "config-guardian.fullname" . -}}
{{- $domain := include "config-guardian.peerDomain" . -}}
{{- range $i := until (int .Values.members.initial) -}}
{{- if $i }},{{ end -}}
{{- printf "%s-%d.%s:7400" $name $i $domain -}}
{{- end -}}
{{- end -}}

{{- define "config-guardian.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}
