// A deployment of McpFunctions with all that it needs. docs/deployment.md explains the parameters.
targetScope = 'subscription'

import { clusteringPolicyType, deployerType, planSizesType, planType } from 'types.bicep'

@description('The name of the deployment: of its resource group (with rg- before it), and in the names of its resources.')
@minLength(2)
@maxLength(40)
param environmentName string

@description('The region.')
param location string

@description('The output of deploy/plan --json.')
param plan planType

@description('Added to the names of apps, which are unique in all of Azure. An empty text leaves the names of the plan as they are.')
@maxLength(20)
param appNameSuffix string = '-${take(uniqueString(subscription().id, environmentName, location), 8)}'

@description('The blob with the artifact that runs, or app=blob for each app with commas between them. Empty until the first one is uploaded.')
param artifact string = ''

@description('The name of the first administrator.')
@minLength(1)
param adminUsername string = 'admin'

@description('The id of the key that signs new tokens. The vault has its value as the secret signing-key-{id}.')
param signingKeyId string = 'first'

@description('The ids of further keys whose tokens are still valid.')
param otherSigningKeyIds string[] = []

@description('Further settings of all apps, as in docs/settings.md. No secrets: they would be readable in the portal.')
param settings { *: string } = {}

@description('Spreads storage and plans over the zones of the region. Redis is spread wherever the region has zones.')
param zoneRedundant bool = false

@description('One node, or a cluster. All journals share one slot, so a cluster does not divide them (docs/scale.md).')
param redisClusteringPolicy clusteringPolicyType = 'NoCluster'

@description('The size of Azure Managed Redis.')
param redisSku string = 'Balanced_B5'

@description('The sizes of the plans of apps with Redis triggers.')
param sizes planSizesType = { premium: 'EP1', dedicated: 'P1v3' }

@description('The most apps that share a plan. An app and its staging slot take 400 to 600 MB together; EP1 has 3.5 GB.')
@minValue(1)
param appsPerPlan int = 4

@description('The instances that each app always has, unless the plan gives it a number of its own.')
@minValue(1)
@maxValue(20)
param instances int = 2

@description('A staging slot for each app, except on Flex Consumption, which has none.')
param stagingSlots bool = true

@description('The addresses that get the alerts.')
param alertEmails string[] = []

@description('The lag from which an alert is raised, in seconds.')
@minValue(15)
param maxLagSeconds int = 120

@description('Whoever uploads artifacts and writes secrets. Nobody gets a role unless set.')
param uploader deployerType?

var tags = { 'azd-env-name': environmentName }

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module gateway 'gateway.bicep' = {
  scope: group
  params: {
    adminUsername: adminUsername
    alertEmails: alertEmails
    appNameSuffix: appNameSuffix
    appsPerPlan: appsPerPlan
    artifact: artifact
    instances: instances
    location: location
    maxLagSeconds: maxLagSeconds
    otherSigningKeyIds: otherSigningKeyIds
    plan: plan
    redisClusteringPolicy: redisClusteringPolicy
    redisSku: redisSku
    settings: settings
    signingKeyId: signingKeyId
    sizes: sizes
    stagingSlots: stagingSlots
    tags: tags
    uploader: uploader
    zoneRedundant: zoneRedundant
  }
}

@description('The resource group.')
output AZURE_RESOURCE_GROUP string = group.name

@description('The storage account, which also holds the artifacts.')
output MCP_STORAGE_ACCOUNT string = gateway.outputs.storageAccount

@description('The vault that holds the signing keys and the password of the first administrator.')
output MCP_KEY_VAULT string = gateway.outputs.vault

@description('The names of the secrets that the apps need.')
output MCP_SECRETS string[] = gateway.outputs.secrets

@description('The addresses of the apps.')
output MCP_APPS string[] = concat(
  gateway.outputs.premiumHostNames,
  gateway.outputs.dedicatedHostNames,
  gateway.outputs.flexHostNames
)
