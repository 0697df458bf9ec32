// Everything in the resource group.
import { clusteringPolicyType, deployerType, planSizesType, planType } from 'types.bicep'

param adminUsername string
param alertEmails string[]
param appNameSuffix string
param appsPerPlan int
param artifact string
param instances int
param location string
param maxLagSeconds int
param otherSigningKeyIds string[]
param plan planType
param redisClusteringPolicy clusteringPolicyType
param redisSku string
param settings { *: string }
param signingKeyId string
param sizes planSizesType
param stagingSlots bool
param tags { *: string }
param uploader deployerType?
param zoneRedundant bool

var functions = loadJsonContent('../functions.json').functions
var redisTriggers = map(filter(functions, each => each.trigger == 'redisPubSub'), each => each.name)
// A slot that waits for its swap must not work on events or run timers.
var backgroundFunctions = map(filter(functions, each => each.trigger != 'http'), each => each.name)

// deploy/plan refuses it too, but a plan may be written by hand.
var apps = [
  for app in plan.apps: app.hosting == 'flex' && !empty(intersection(app.functions, redisTriggers))
    ? fail('App ${app.name} has Redis triggers on Flex Consumption, where they do not run.')
    : app
]
var premium = filter(apps, app => app.hosting == 'premium')
var dedicated = filter(apps, app => app.hosting == 'dedicated')
var flex = filter(apps, app => app.hosting == 'flex')

var token = uniqueString(subscription().id, resourceGroup().id, location)
var artifactContainer = 'artifacts'

resource runtimeIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-mcp-${token}'
  location: location
  tags: tags
}

var identity = {
  id: runtimeIdentity.id
  principalId: runtimeIdentity.properties.principalId
  clientId: runtimeIdentity.properties.clientId
}

module storage 'storage.bicep' = {
  params: {
    artifactContainer: artifactContainer
    identity: identity
    location: location
    name: 'stmcp${token}'
    tags: tags
    uploader: uploader
    zoneRedundant: zoneRedundant
  }
}

module redis 'redis.bicep' = {
  params: {
    clusteringPolicy: redisClusteringPolicy
    identity: identity
    location: location
    name: 'redis-mcp-${token}'
    skuName: redisSku
    tags: tags
  }
}

module vault 'vault.bicep' = {
  params: {
    identity: identity
    location: location
    name: 'kv-mcp-${token}'
    signingKeyIds: union([signingKeyId], otherSigningKeyIds)
    tags: tags
    uploader: uploader
  }
}

module monitoring 'monitoring.bicep' = {
  params: {
    alertEmails: alertEmails
    identity: identity
    location: location
    maxLagSeconds: maxLagSeconds
    name: 'mcp-${token}'
    tags: tags
  }
}

// One artifact for all apps, or app=artifact for each: apps may run different versions for a while.
var artifacts = toObject(
  filter(split(artifact, ','), each => contains(each, '=')),
  each => split(each, '=')[0],
  each => split(each, '=')[1]
)
var sameArtifact = contains(artifact, '=') ? '' : artifact

// An instance for each zone.
var capacity = zoneRedundant ? max(instances, 3) : instances

resource premiumPlans 'Microsoft.Web/serverfarms@2024-11-01' = [
  for index in range(0, (length(premium) + appsPerPlan - 1) / appsPerPlan): {
    name: 'plan-mcp-premium-${index}-${token}'
    location: location
    tags: tags
    kind: 'elastic'
    sku: { name: sizes.premium, tier: 'ElasticPremium', capacity: capacity }
    properties: { reserved: true, zoneRedundant: zoneRedundant, maximumElasticWorkerCount: 20 }
  }
]

resource dedicatedPlans 'Microsoft.Web/serverfarms@2024-11-01' = [
  for index in range(0, (length(dedicated) + appsPerPlan - 1) / appsPerPlan): {
    name: 'plan-mcp-dedicated-${index}-${token}'
    location: location
    tags: tags
    kind: 'linux'
    sku: { name: sizes.dedicated, tier: 'PremiumV3', capacity: capacity }
    properties: { reserved: true, zoneRedundant: zoneRedundant }
  }
]

// Flex Consumption takes one app a plan.
resource flexPlans 'Microsoft.Web/serverfarms@2024-11-01' = [
  for app in flex: {
    name: 'plan-${app.name}-${token}'
    location: location
    tags: tags
    kind: 'functionapp'
    sku: { name: 'FC1', tier: 'FlexConsumption' }
    properties: { reserved: true, zoneRedundant: zoneRedundant }
  }
]

var sharedSettings = union(settings, vault.outputs.settings, {
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.clientId};Authorization=AAD'
  APPLICATIONINSIGHTS_CONNECTION_STRING: monitoring.outputs.connectionString
  AzureWebJobsStorage__accountName: storage.outputs.name
  AzureWebJobsStorage__clientId: identity.clientId
  AzureWebJobsStorage__credential: 'managedidentity'
  Auth__AdminUsername: adminUsername
  Auth__SigningKeyId: signingKeyId
  RedisConnection__clientId: identity.clientId
  RedisConnection__credential: 'managedidentity'
  RedisConnection__principalId: identity.principalId
  RedisConnection__redisHostName: redis.outputs.endpoint
})
var artifactContainerUrl = '${storage.outputs.blobEndpoint}${artifactContainer}'

module premiumApps 'app.bicep' = [
  for (app, index) in premium: {
    name: 'app-${app.name}'
    params: {
      actionGroupId: monitoring.outputs.actionGroupId
      app: app
      artifact: artifacts[?app.name] ?? sameArtifact
      artifactContainerUrl: artifactContainerUrl
      backgroundFunctions: backgroundFunctions
      identity: identity
      instances: app.?instances ?? instances
      location: location
      nameSuffix: appNameSuffix
      planId: premiumPlans[index / appsPerPlan].id
      sharedSettings: sharedSettings
      stagingSlot: stagingSlots
      tags: tags
    }
  }
]

module dedicatedApps 'app.bicep' = [
  for (app, index) in dedicated: {
    name: 'app-${app.name}'
    params: {
      actionGroupId: monitoring.outputs.actionGroupId
      app: app
      artifact: artifacts[?app.name] ?? sameArtifact
      artifactContainerUrl: artifactContainerUrl
      backgroundFunctions: backgroundFunctions
      identity: identity
      instances: app.?instances ?? instances
      location: location
      nameSuffix: appNameSuffix
      planId: dedicatedPlans[index / appsPerPlan].id
      sharedSettings: sharedSettings
      stagingSlot: stagingSlots
      tags: tags
    }
  }
]

module flexApps 'flexApp.bicep' = [
  for (app, index) in flex: {
    name: 'app-${app.name}'
    params: {
      app: app
      artifactContainerUrl: artifactContainerUrl
      identity: identity
      location: location
      nameSuffix: appNameSuffix
      planId: flexPlans[index].id
      sharedSettings: sharedSettings
      tags: tags
    }
  }
]

output storageAccount string = storage.outputs.name
output vault string = vault.outputs.name
output secrets string[] = vault.outputs.secretNames
output premiumHostNames string[] = [for index in range(0, length(premium)): premiumApps[index].outputs.hostName]
output dedicatedHostNames string[] = [for index in range(0, length(dedicated)): dedicatedApps[index].outputs.hostName]
output flexHostNames string[] = [for index in range(0, length(flex)): flexApps[index].outputs.hostName]
