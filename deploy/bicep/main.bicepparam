// The parameters of a deployment, from the environment: azd env set NAME VALUE, or export NAME=VALUE before az.
using 'main.bicep'

var presets = {
  one: loadJsonContent('presets/one.json')
  consumers: loadJsonContent('presets/consumers.json')
  events: loadJsonContent('presets/events.json')
}
var principalId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'mcp')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param plan = presets[readEnvironmentVariable('MCP_PRESET', 'consumers')]
param artifact = readEnvironmentVariable('MCP_ARTIFACT', '')
param signingKeyId = readEnvironmentVariable('MCP_SIGNING_KEY_ID', 'first')
param otherSigningKeyIds = filter(
  split(readEnvironmentVariable('MCP_OTHER_SIGNING_KEY_IDS', ''), ','),
  id => !empty(id)
)
param instances = int(readEnvironmentVariable('MCP_INSTANCES', '2'))
param zoneRedundant = bool(readEnvironmentVariable('MCP_ZONE_REDUNDANT', 'false'))
param redisClusteringPolicy = readEnvironmentVariable('MCP_REDIS_CLUSTERING_POLICY', 'NoCluster')
param alertEmails = filter(split(readEnvironmentVariable('MCP_ALERT_EMAILS', ''), ','), email => !empty(email))
param uploader = empty(principalId)
  ? null
  : { principalId: principalId, principalType: readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', 'User') }
