// The signing keys and the password of the first administrator. Their values come from whoever deploys, never from a template.
import { deployerType, identityType } from 'types.bicep'

param identity identityType
param location string
param name string
param signingKeyIds string[]
param tags { *: string }
param uploader deployerType?

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
var secretsOfficer = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
var password = 'admin-password'

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    enablePurgeProtection: true
    enableRbacAuthorization: true
    enableSoftDelete: true
    sku: { family: 'A', name: 'standard' }
    tenantId: tenant().tenantId
  }
}

resource readerRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, 'apps', secretsUser)
  scope: vault
  properties: {
    principalId: identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
}

resource uploaderRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (uploader != null) {
  name: guid(vault.id, uploader.?principalId ?? '', secretsOfficer)
  scope: vault
  properties: {
    principalId: uploader.?principalId ?? ''
    principalType: uploader.?principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsOfficer)
  }
}

output name string = vault.name
output secretNames string[] = [password, ...map(signingKeyIds, id => 'signing-key-${id}')]

@description('Settings that refer to the secrets. The platform reads the values.')
output settings { *: string } = union(
  { Auth__AdminPassword: '@Microsoft.KeyVault(SecretUri=${vault.properties.vaultUri}secrets/${password})' },
  toObject(
    signingKeyIds,
    id => 'Auth__SigningKeys__${id}',
    id => '@Microsoft.KeyVault(SecretUri=${vault.properties.vaultUri}secrets/signing-key-${id})'
  )
)
