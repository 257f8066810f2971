{{- /* What a node is told, of the dict that its pod is made of. */ -}}
{{- define "config-guardian.env" -}}
{{- $pod := . -}}
{{- with .root -}}
- name: NODE_ID
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: RAFT_ADVERTISE
  value: $(NODE_ID).{{ include "config-guardian.peerDomain" . }}:7400
- name: API_ADVERTISE
  value: {{ include "config-guardian.apiScheme" . }}://$(NODE_ID).{{ include "config-guardian.peerDomain" . }}:8080
{{- if eq $pod.component "replica" }}
- name: CLUSTER_JOIN
  value: {{ include "config-guardian.joinPeers" . }}
- name: CLUSTER_ROLE
  value: learner
{{- end }}
- name: CLUSTER_SECRET_FILE
  value: /run/secrets/config-guardian/cluster-secret
- name: ADMIN_PASSWORD_FILE
  value: /run/secrets/config-guardian/admin-password
{{- if .Values.jwtSecrets }}
- name: JWT_SECRETS_FILE
  value: /run/secrets/config-guardian/jwt-secrets
{{- end }}
{{- if .Values.passwordPeppers }}
- name: PASSWORD_PEPPERS_FILE
  value: /run/secrets/config-guardian/password-peppers
{{- end }}
{{- if .Values.securityNotices }}
- name: SECURITY_NOTICES_URL_FILE
  value: /run/secrets/config-guardian/security-notices-url
{{- end }}
{{- if eq .Values.database.mode "sidecar" }}
- name: POSTGRES_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ include "config-guardian.secret" . }}
      key: postgres-password
- name: DATABASE_URL
  value: postgres://config_guardian:$(POSTGRES_PASSWORD)@127.0.0.1:5432/config_guardian
{{- else if eq .Values.database.mode "external" }}
- name: DATABASE_URL_FILE
  value: /run/secrets/database/$(NODE_ID)
{{- end }}
{{- if .Values.redis.existingSecret }}
- name: REDIS_URL
  valueFrom:
    secretKeyRef:
      name: {{ .Values.redis.existingSecret }}
      key: redis-url
- name: REDIS_MIRROR
  value: {{ .Values.redis.mirror | toString | quote }}
{{- end }}
{{- if .Values.tls.existingSecret }}
- name: TLS_CERT
  value: /run/secrets/tls/tls.crt
- name: TLS_KEY
  value: /run/secrets/tls/tls.key
{{- end }}
{{- if .Values.raftTls.existingSecret }}
- name: RAFT_TLS_CERT
  value: /run/secrets/raft-tls/tls.crt
- name: RAFT_TLS_KEY
  value: /run/secrets/raft-tls/tls.key
- name: RAFT_TLS_CA
  value: /run/secrets/raft-tls/ca.crt
{{- end }}
{{- end -}}
{{- end -}}

{{- define "config-guardian.postgres" -}}
# Restarts always: starts before the node, and ends after it.
- name: postgres
  image: {{ .Values.database.sidecar.image }}
  restartPolicy: Always
  args: [postgres, -c, listen_addresses=127.0.0.1]
  env:
    - name: POSTGRES_USER
      value: config_guardian
    - name: POSTGRES_DB
      value: config_guardian
    - name: POSTGRES_INITDB_ARGS
      value: --encoding=UTF8 --locale=C
    - name: PGDATA
      value: /var/lib/postgresql/data/pgdata
    - name: POSTGRES_PASSWORD
      valueFrom:
        secretKeyRef:
          name: {{ include "config-guardian.secret" . }}
          key: postgres-password
  startupProbe:
    exec:
      command: [pg_isready, --host=127.0.0.1, --username=config_guardian]
    periodSeconds: 2
    failureThreshold: 150
  securityContext:
    runAsUser: 70
    runAsGroup: 70
    allowPrivilegeEscalation: false
    readOnlyRootFilesystem: true
    capabilities:
      drop: [ALL]
  resources:
    {{- toYaml .Values.database.sidecar.resources | nindent 4 }}
  volumeMounts:
    - name: postgres
      mountPath: /var/lib/postgresql/data
    - name: postgres-tmp
      mountPath: /tmp
    - name: postgres-run
      mountPath: /var/run/postgresql
{{- end -}}

{{- define "config-guardian.volumes" -}}
- name: tmp
  emptyDir: {}
{{- if eq .Values.database.mode "sidecar" }}
- name: postgres-tmp
  emptyDir: {}
- name: postgres-run
  emptyDir: {}
{{- end }}
- name: secret
  secret:
    secretName: {{ include "config-guardian.secret" . }}
    defaultMode: 0440
    items:
      - key: cluster-secret
        path: cluster-secret
      - key: admin-password
        path: admin-password
      {{- if .Values.jwtSecrets }}
      - key: jwt-secrets
        path: jwt-secrets
      {{- end }}
      {{- if .Values.passwordPeppers }}
      - key: password-peppers
        path: password-peppers
      {{- end }}
      {{- if .Values.securityNotices }}
      - key: security-notices-url
        path: security-notices-url
      {{- end }}
{{- if eq .Values.database.mode "external" }}
- name: database
  secret:
    secretName: {{ required "database.external.existingSecret is needed" .Values.database.external.existingSecret }}
    defaultMode: 0440
{{- end }}
{{- if .Values.secret.providerClass }}
# As long as a pod mounts it the driver keeps the Secret of the other volumes.
- name: secrets-store
  csi:
    driver: secrets-store.csi.k8s.io
    readOnly: true
    volumeAttributes:
      secretProviderClass: {{ .Values.secret.providerClass }}
{{- end }}
{{- if .Values.tls.existingSecret }}
- name: tls
  secret:
    secretName: {{ .Values.tls.existingSecret }}
    defaultMode: 0440
{{- end }}
{{- if .Values.raftTls.existingSecret }}
- name: raft-tls
  secret:
    secretName: {{ .Values.raftTls.existingSecret }}
    defaultMode: 0440
{{- end }}
{{- end -}}

{{- define "config-guardian.claims" -}}
- metadata:
    name: data
  spec:
    accessModes: [ReadWriteOnce]
    {{- with .Values.storage.storageClass }}
    storageClassName: {{ . }}
    {{- end }}
    resources:
      requests:
        storage: {{ .Values.storage.size }}
{{- if eq .Values.database.mode "sidecar" }}
- metadata:
    name: postgres
  spec:
    accessModes: [ReadWriteOnce]
    {{- with .Values.database.sidecar.storage.storageClass }}
    storageClassName: {{ . }}
    {{- end }}
    resources:
      requests:
        storage: {{ .Values.database.sidecar.storage.size }}
{{- end }}
{{- end -}}
