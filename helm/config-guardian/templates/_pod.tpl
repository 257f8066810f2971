{{- /* A pod of one node, of a dict with root, component (member or replica) and resources. */ -}}
{{- define "config-guardian.pod" -}}
{{- $pod := . -}}
{{- with .root -}}
serviceAccountName: {{ include "config-guardian.fullname" . }}
automountServiceAccountToken: false
terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
affinity:
  podAntiAffinity:
    {{- if and (eq .Values.antiAffinity "hard") (eq $pod.component "member") }}
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            {{- include "config-guardian.selectorOf" $pod | nindent 12 }}
    {{- else }}
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              {{- include "config-guardian.selectorOf" $pod | nindent 14 }}
    {{- end }}
{{- with .Values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if eq .Values.database.mode "sidecar" }}
initContainers:
  {{- include "config-guardian.postgres" . | nindent 2 }}
{{- end }}
containers:
  - name: node
    image: {{ include "config-guardian.image" . }}
    imagePullPolicy: {{ .Values.image.pullPolicy }}
    {{- if eq $pod.component "member" }}
    # The first members form the cluster; those that are added later join it.
    command: [sh, -c]
    args:
      - |
        if [ "${NODE_ID##*-}" -lt {{ .Values.members.initial }} ]; then
          export CLUSTER_PEERS={{ include "config-guardian.firstPeers" . }}
        else
          export CLUSTER_JOIN={{ include "config-guardian.joinPeers" . }}
        fi
        exec node dist/apps/server/src/main.js
    {{- end }}
    envFrom:
      - configMapRef:
          name: {{ include "config-guardian.fullname" . }}
    env:
      {{- include "config-guardian.env" $pod | nindent 6 }}
    ports:
      - name: http
        containerPort: 8080
      - name: raft
        containerPort: 7400
    startupProbe:
      httpGet:
        path: /health
        port: http
        scheme: {{ include "config-guardian.apiScheme" . | upper }}
      periodSeconds: 2
      failureThreshold: 150
    livenessProbe:
      httpGet:
        path: /health
        port: http
        scheme: {{ include "config-guardian.apiScheme" . | upper }}
      periodSeconds: 10
      timeoutSeconds: 5
      failureThreshold: 6
    readinessProbe:
      httpGet:
        path: /ready
        port: http
        scheme: {{ include "config-guardian.apiScheme" . | upper }}
      periodSeconds: 5
      timeoutSeconds: 3
      failureThreshold: 2
    lifecycle:
      preStop:
        # Clients are sent elsewhere first; the SIGTERM that follows hands leadership over and ends within 10 s.
        exec:
          command: [sleep, {{ .Values.drainSeconds | toString | quote }}]
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities:
        drop: [ALL]
    resources:
      {{- toYaml $pod.resources | nindent 6 }}
    volumeMounts:
      - name: data
        mountPath: /data
      - name: tmp
        mountPath: /tmp
      - name: secret
        mountPath: /run/secrets/config-guardian
        readOnly: true
      {{- if eq .Values.database.mode "external" }}
      - name: database
        mountPath: /run/secrets/database
        readOnly: true
      {{- end }}
      {{- if .Values.secret.providerClass }}
      - name: secrets-store
        mountPath: /run/secrets/store
        readOnly: true
      {{- end }}
      {{- if .Values.tls.existingSecret }}
      - name: tls
        mountPath: /run/secrets/tls
        readOnly: true
      {{- end }}
      {{- if .Values.raftTls.existingSecret }}
      - name: raft-tls
        mountPath: /run/secrets/raft-tls
        readOnly: true
      {{- end }}
volumes:
  {{- include "config-guardian.volumes" . | nindent 2 }}
{{- end -}}
{{- end -}}
