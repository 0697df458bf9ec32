using System.Text;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Auth;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Redis;

namespace McpFunctions.Functions.Tests.Deployment;

/// <summary>Generates deploy/container/keda.yaml, the apps of the preset "consumers" on Kubernetes, from the pairs and the keys of the code.</summary>
internal static class KedaFile
{
    public const string Prefix = "mcp";

    private const string SigningKeysFile = $"Auth__{nameof(AuthOptions.SigningKeysFile)}";

    private const string Head = """
        # The apps of `deploy/plan --preset consumers` on Kubernetes, scaled by KEDA 2.12 or later. A test generates this file from the code.
        #
        #   for app in mcp-http mcp-audit mcp-notifications mcp-orchestrator; do
        #     deploy/plan --preset consumers --name mcp --hosting container --env $app > $app.env
        #     kubectl create configmap $app --from-env-file=$app.env
        #   done
        #   kubectl create secret generic mcp-settings --from-env-file=secrets.env
        #   kubectl create secret generic mcp-signing-keys --from-file=signing-keys.json
        #   kubectl apply -f deploy/container/keda.yaml
        #
        # secrets.env has the settings that all apps share (docs/settings.md: AzureWebJobsStorage, RedisConnection, Auth__AdminUsername,
        # Auth__AdminPassword), and REDIS_ADDRESS (host:port) and REDIS_PASSWORD for KEDA. KEDA asks for the lag of each consumer group, which
        # needs Redis 7. Its scaler knows passwords only: the Redis of deploy/bicep takes none, so it would need access keys, and enableTLS in each
        # trigger. Behind an ingress, add ASPNETCORE_FORWARDEDHEADERS_ENABLED=true (docs/security.md). signing-keys.json is the file of
        # Auth__SigningKeysFile; docs/operations.md says how to rotate its keys.
        #
        # No probe asks /api/health: it tells about Redis and storage, which all pods share. While Redis is down, uploads must go on.

        """;

    public static string Create()
    {
        var file = new StringBuilder(Head.ReplaceLineEndings("\n"));
        AddApp(file, "http");
        Add(file, $$"""
            ---
            apiVersion: v1
            kind: Service
            metadata:
              name: {{Prefix}}-http
            spec:
              selector: { app: {{Prefix}}-http }
              ports:
                - { name: http, port: 80, targetPort: http }
            ---
            apiVersion: keda.sh/v1alpha1
            kind: ScaledObject
            metadata:
              name: {{Prefix}}-http
            spec:
              scaleTargetRef: { name: {{Prefix}}-http }
              # Its timers always run, so it never rests.
              minReplicaCount: 2
              maxReplicaCount: 10
              triggers:
                - type: cpu
                  metricType: Utilization
                  metadata: { value: "70" }
            """);
        foreach (string consumer in Subscriptions.Consumers)
        {
            AddApp(file, consumer);
            Add(file, $$"""
                ---
                apiVersion: keda.sh/v1alpha1
                kind: ScaledObject
                metadata:
                  name: {{Prefix}}-{{consumer}}
                spec:
                  scaleTargetRef: { name: {{Prefix}}-{{consumer}} }
                  # A subscriber must always listen. Each pod more costs Redis a ring for each message (docs/scale.md).
                  minReplicaCount: 2
                  maxReplicaCount: 4
                  triggers:
                """);
            foreach (string type in Subscriptions.TypesOf(consumer))
            {
                Add(file, $$"""
                        - type: redis-streams
                          metadata:
                            addressFromEnv: REDIS_ADDRESS
                            passwordFromEnv: REDIS_PASSWORD
                            stream: "{{EventKeys.JournalOf(type)}}"
                            consumerGroup: {{consumer}}
                            lagCount: "{{JournalPump.BatchSize}}"
                    """);
            }
        }

        return file.ToString();
    }

    private static void AddApp(StringBuilder file, string app) => Add(file, $$"""
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: {{Prefix}}-{{app}}
        spec:
          selector:
            matchLabels: { app: {{Prefix}}-{{app}} }
          template:
            metadata:
              labels: { app: {{Prefix}}-{{app}} }
            spec:
              # Time to finish or hand back what is in work.
              terminationGracePeriodSeconds: 60
              containers:
                - name: app
                  image: mcpfunctions:1.0.0
                  envFrom:
                    - configMapRef: { name: {{Prefix}}-{{app}} }
                    - secretRef: { name: mcp-settings }
                  env:
                    - { name: {{SigningKeysFile}}, value: /etc/mcpfunctions/signing-keys.json }
                  volumeMounts:
                    - { name: signing-keys, mountPath: /etc/mcpfunctions, readOnly: true }
                  ports:
                    - { name: http, containerPort: 80 }
                  startupProbe:
                    tcpSocket: { port: http }
                    failureThreshold: 30
                    periodSeconds: 5
                  readinessProbe:
                    tcpSocket: { port: http }
                  livenessProbe:
                    tcpSocket: { port: http }
                  resources:
                    requests: { cpu: 250m, memory: 512Mi }
                    limits: { memory: 1Gi }
              volumes:
                - name: signing-keys
                  secret: { secretName: mcp-signing-keys }
        """);

    private static void Add(StringBuilder file, string text) => file.Append(text.ReplaceLineEndings("\n")).Append('\n');
}
