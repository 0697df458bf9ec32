// The output of deploy/plan --json.

@export()
@description('What runs in which app.')
type planType = {
  @description('The consumers of the deployment.')
  consumers: string[]

  @minLength(1)
  apps: appType[]
}

@export()
@description('One function app: the artifact with some of its functions switched off.')
type appType = {
  name: string
  hosting: 'premium' | 'dedicated' | 'flex'
  functions: string[]

  @description('The instances that this app always has; those of the deployment unless given. A dedicated app has those of its plan.')
  @minValue(1)
  @maxValue(20)
  instances: int?

  @maxLength(32)
  hostId: string

  @description('The settings that deploy/plan made: its host id, and the functions that it leaves out.')
  settings: { *: string }
}

@export()
@description('The identity under which the apps run.')
type identityType = {
  id: string
  principalId: string
  clientId: string
}

@export()
@description('Whoever uploads artifacts and writes secrets.')
type deployerType = {
  principalId: string
  principalType: 'User' | 'Group' | 'ServicePrincipal'
}

@export()
@description('The cluster of Redis. It cannot be changed later.')
type clusteringPolicyType = 'NoCluster' | 'EnterpriseCluster' | 'OSSCluster'

@export()
@description('The sizes of plans.')
type planSizesType = {
  @description('For hosting "premium".')
  premium: 'EP1' | 'EP2' | 'EP3'

  @description('For hosting "dedicated".')
  dedicated: 'P0v3' | 'P1v3' | 'P2v3' | 'P3v3'
}
