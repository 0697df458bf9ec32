// Journals, inboxes and contexts. All of it can be made again from storage.
import { clusteringPolicyType, identityType } from 'types.bicep'

param clusteringPolicy clusteringPolicyType
param identity identityType
param location string
param name string
param skuName string
param tags { *: string }

var port = 10000

resource cluster 'Microsoft.Cache/redisEnterprise@2025-07-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: skuName }
  properties: {
    // A second node, in another zone where the region has zones. With one node, each update of Redis would wipe it.
    highAvailability: 'Enabled'
    minimumTlsVersion: '1.2'
    publicNetworkAccess: 'Enabled'
  }
}

resource database 'Microsoft.Cache/redisEnterprise/databases@2025-07-01' = {
  parent: cluster
  name: 'default'
  properties: {
    accessKeysAuthentication: 'Disabled'
    clientProtocol: 'Encrypted'
    clusteringPolicy: clusteringPolicy
    // A full Redis must refuse writes. One that drops keys would drop journals.
    evictionPolicy: 'NoEviction'
    port: port
  }
}

resource access 'Microsoft.Cache/redisEnterprise/databases/accessPolicyAssignments@2025-07-01' = {
  parent: database
  name: 'apps'
  properties: {
    accessPolicyName: 'default'
    user: { objectId: identity.principalId }
  }
}

output endpoint string = '${cluster.properties.hostName}:${port}'
