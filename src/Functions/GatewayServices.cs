using McpFunctions.Domain.ApiKeys;
using McpFunctions.Domain.Audit;
using McpFunctions.Domain.Auth;
using McpFunctions.Domain.Commands;
using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Files;
using McpFunctions.Domain.Health;
using McpFunctions.Domain.Idempotency;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Notifications;
using McpFunctions.Domain.Orchestrator;
using McpFunctions.Domain.Quotas;
using McpFunctions.Domain.Sessions;
using McpFunctions.Domain.Users;
using McpFunctions.Domain.Workflows;
using McpFunctions.Functions.Audit;
using McpFunctions.Functions.Auth;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Files;
using McpFunctions.Functions.Health;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.Idempotency;
using McpFunctions.Functions.Mcp;
using McpFunctions.Functions.Notifications;
using McpFunctions.Functions.Operations;
using McpFunctions.Functions.Orchestrator;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Quotas;
using McpFunctions.Functions.RateLimits;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Sessions;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Storage;
using McpFunctions.Functions.Streams;
using McpFunctions.Functions.Telemetry;
using McpFunctions.Functions.Users;
using McpFunctions.Functions.WebPubSub;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Azure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions;

/// <summary>Registers the services of each feature.</summary>
public static class GatewayServices
{
    /// <summary>Adds the whole gateway.</summary>
    /// <param name="services">The services of the app.</param>
    /// <param name="configuration">The settings.</param>
    public static IServiceCollection AddGateway(this IServiceCollection services, IConfiguration configuration) =>
        services
            .AddSingleton(TimeProvider.System)
            .AddTelemetry(configuration, provider => provider.GetRequiredService<GatewayInstance>().Name)
            .AddHttp(configuration)
            .AddConnections(configuration)
            .AddDelivery(configuration)
            .AddAuth(configuration)
            .AddRateLimits(configuration)
            .AddFiles(configuration)
            .AddCommandsAndWorkflows()
            .AddHealth(configuration)
            .AddAudit()
            .AddStreams(configuration)
            .AddOperations()
            .AddNotifications(configuration)
            .AddOrchestrator()
            .AddMcp(configuration);

    /// <summary>Adds the ways to storage and Redis.</summary>
    /// <inheritdoc cref="AddDelivery"/>
    public static IServiceCollection AddConnections(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddAzureClientsCore();
        return services
            .AddSettings<ConnectionOptions>(configuration).AddSingleton<IValidateOptions<ConnectionOptions>, ConnectionOptionsValidator>()
            .AddSettings<StorageIdentityOptions>(configuration).AddSingleton<IValidateOptions<StorageIdentityOptions>, IdentityOptionsValidator>()
            .AddSettings<RedisIdentityOptions>(configuration).AddSingleton<IValidateOptions<RedisIdentityOptions>, IdentityOptionsValidator>()
            .AddSettings<WebPubSubIdentityOptions>(configuration).AddSingleton<IValidateOptions<WebPubSubIdentityOptions>, IdentityOptionsValidator>()
            .AddSingleton<ServiceCredentials>()
            .AddSingleton(provider => provider.GetRequiredService<IOptions<StorageIdentityOptions>>().Value is { IsUsed: true } identity
                ? new StorageConnection(identity.Blobs!, identity.Tables!, provider.GetRequiredService<ServiceCredentials>().Of(StorageIdentityOptions.Section))
                : new StorageConnection(provider.GetRequiredService<IOptions<ConnectionOptions>>().Value.AzureWebJobsStorage))
            // Only a gateway that reaches Redis by identity asks for it.
            .AddSingleton(provider => new RedisIdentity(
                provider.GetRequiredService<IOptions<RedisIdentityOptions>>().Value.PrincipalId!,
                provider.GetRequiredService<ServiceCredentials>().Of(RedisIdentityOptions.Section),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<RedisIdentity>>()));
    }

    private static RedisConnection ConnectToRedis(IServiceProvider provider, ILogger? logger) =>
        provider.GetRequiredService<IOptions<RedisIdentityOptions>>().Value is { IsUsed: true } identity
            ? new RedisConnection(identity.RedisHostName!, logger, provider.GetRequiredService<RedisIdentity>())
            : new RedisConnection(provider.GetRequiredService<IOptions<ConnectionOptions>>().Value.RedisConnection, logger);

    /// <summary>Adds the delivery of events.</summary>
    /// <param name="services">The services of the app.</param>
    /// <param name="configuration">The settings.</param>
    public static IServiceCollection AddDelivery(this IServiceCollection services, IConfiguration configuration)
    {
        return services
            .AddSettings<DeliveryOptions>(configuration)
            .AddSingleton(provider => ConnectToRedis(provider, provider.GetRequiredService<ILogger<RedisConnection>>()))
            .AddHostedService<RedisStart>()
            .AddSingleton(provider => new StorageTables(
                provider.GetRequiredService<StorageConnection>(), provider.GetRequiredService<IOptions<ConnectionOptions>>().Value.StorageTimeout))
            .AddSingleton(GatewayFeatures.Stored)
            .AddSingleton<RedisJournal>()
            .AddSettings<QuotaOptions>(configuration)
            .AddSingleton(provider =>
            {
                QuotaOptions options = provider.GetRequiredService<IOptions<QuotaOptions>>().Value;
                return new QuotaLimits(options.Files, options.FileBytes, options.RunningCommands, options.RunningWorkflows);
            })
            .AddSingleton<RecentRows>()
            .AddSingleton<IStateStore, TableStateStore>()
            .AddSingleton<IEventPublisher, TableEventPublisher>()
            .AddSingleton<IIdempotencyIndex, TableIdempotencyIndex>()
            .AddSingleton<IdempotencyService>()
            .AddSingleton<EventDelivery>()
            .AddSingleton(provider => new PumpRedis(ConnectToRedis(provider, null)))
            .AddSingleton<GatewayInstance>()
            .AddSingleton<LiveInstances>()
            .AddHostedService(provider => provider.GetRequiredService<LiveInstances>())
            .AddSingleton<EnabledPairs>()
            .AddSingleton<ConsumerAttempt>()
            .AddSingleton<JournalPumps>()
            .AddHostedService(provider => provider.GetRequiredService<JournalPumps>())
            .AddSingleton<RebuildMark>()
            .AddSingleton<PartitionEvents>()
            .AddSingleton<ConsumerStatistics>()
            .AddSingleton<EffectLog>()
            .AddSingleton<IActionLog, ActionLog>()
            .AddSingleton<OperatorService>()
            .AddSingleton<DeadLetters>()
            .AddSingleton(provider => new HourShards(provider.GetRequiredService<IOptions<DeliveryOptions>>().Value.HourShards))
            .AddSingleton<EventLog>()
            .AddSingleton<IEventReader>(provider => provider.GetRequiredService<EventLog>())
            .AddSingleton<PairStates>()
            .AddSingleton<RelayLossDetection>()
            .AddSingleton<OutboxRelay>()
            .AddSingleton<JournalTrimmer>()
            .AddSingleton<ReplayJobs>()
            .AddSingleton<ReplayRunner>()
            .AddSingleton<IsolationGate>()
            .AddSingleton<Func<string, ConsumerRecovery>>(provider => provider.GetRequiredKeyedService<ConsumerRecovery>)
            .AddSingleton<Retention>()
            .AddSingleton<DeliverySums>()
            .AddSingleton<DeliveryMetrics>()
            .AddSingleton<JournalAges>()
            .AddSingleton(GatewayFeatures.RedisUses)
            .AddSingleton<RedisRequirements>()
            .AddHostedService<RedisRequirementsCheck>();
    }

    private static IServiceCollection AddConsumer<TConsumer>(this IServiceCollection services, string name)
        where TConsumer : class, IEventConsumer => services
        .AddSingleton<TConsumer>()
        .AddSingleton<IEventConsumer>(provider => provider.GetRequiredService<TConsumer>())
        .AddKeyedSingleton(name, (provider, _) => RecoveryOf(provider, provider.GetRequiredService<TConsumer>()));

    private static ConsumerRecovery RecoveryOf(IServiceProvider provider, IEventConsumer consumer) => ActivatorUtilities.CreateInstance<ConsumerRecovery>(
        provider,
        consumer,
        ActivatorUtilities.CreateInstance<LossDetection>(provider, consumer),
        ActivatorUtilities.CreateInstance<JournalRecovery>(provider, consumer));

    /// <summary>Adds users, sessions and API keys.</summary>
    /// <inheritdoc cref="AddDelivery"/>
    public static IServiceCollection AddAuth(this IServiceCollection services, IConfiguration configuration)
    {
        return services
            .AddSettings<AuthOptions>(configuration).AddSingleton<IValidateOptions<AuthOptions>, AuthOptionsValidator>()
            .AddSingleton<IPasswords, Pbkdf2Passwords>()
            .AddSingleton(provider =>
            {
                AuthOptions options = provider.GetRequiredService<IOptions<AuthOptions>>().Value;
                IPasswords passwords = provider.GetRequiredService<IPasswords>();
                return new BootstrapAdministrator(options.AdminUsername, () => (
                    passwords.Hash(options.AdminPassword), Pbkdf2Passwords.VersionOf(options.AdminUsername, options.AdminPassword)));
            })
            .AddSingleton(provider =>
            {
                AuthOptions options = provider.GetRequiredService<IOptions<AuthOptions>>().Value;
                return new LockoutLimits(options.MaxFailuresPerName, options.MaxFailuresPerAddress, options.MaxLoginsPerName, options.MaxLoginsPerAddress);
            })
            .AddSingleton(provider =>
            {
                AuthOptions options = provider.GetRequiredService<IOptions<AuthOptions>>().Value;
                return new HashingGate(options.MaxConcurrentHashes, options.MaxWaitingHashes);
            })
            .AddSingleton(provider =>
            {
                AuthOptions options = provider.GetRequiredService<IOptions<AuthOptions>>().Value;
                return new SessionLimits(options.SessionIdleTimeout, options.SessionLifetime, options.MaxSessionsPerUser);
            })
            .AddSingleton(provider => new ApiKeyLimits(provider.GetRequiredService<IOptions<AuthOptions>>().Value.MaxApiKeysPerUser))
            .AddSingleton<SigningKeys>()
            .AddHostedService(provider => provider.GetRequiredService<SigningKeys>())
            .AddSingleton<IAccessTokens, JwtAccessTokens>()
            .AddSingleton<ISessionIndex, TableSessionIndex>()
            .AddSingleton<SessionService>()
            .AddSingleton<ISessions>(provider => provider.GetRequiredService<SessionService>())
            .AddSingleton<SessionExpiry>()
            .AddSingleton<ApiKeyService>()
            .AddSingleton<IApiKeys>(provider => provider.GetRequiredService<ApiKeyService>())
            .AddSingleton<UserDirectory>()
            .AddSingleton<UserService>()
            .AddSettings<UserOptions>(configuration)
            .AddSingleton(provider => new UserDataLimits(provider.GetRequiredService<IOptions<UserOptions>>().Value.KeepDataFor))
            .AddSingleton<UserCleanup>()
            .AddSingleton<UserCredentials>()
            .AddSingleton<OtherUsers>()
            .AddSingleton<PasswordService>()
            .AddSingleton<LoginGuard>()
            .AddSingleton<LockoutExpiry>()
            .AddSingleton<LoginService>()
            .AddSingleton<IPasswordLogin>(provider => provider.GetRequiredService<LoginService>())
            .AddSingleton<ICredentials, CredentialService>()
            .AddSingleton<RequestCredentials>();
    }

    /// <summary>The HTTP side of the worker.</summary>
    /// <inheritdoc cref="AddDelivery"/>
    public static IServiceCollection AddHttp(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<HttpOptions>>((kestrel, http) =>
        {
            // The host passes on as slowly as the client, and Kestrel counts only while it waits for a body, or for a client that takes a response.
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(http.Value.MinBytesPerSecond, http.Value.SlowClientTimeout);
            kestrel.Limits.MinResponseDataRate = new MinDataRate(http.Value.MinBytesPerSecond, http.Value.SlowReaderTimeout);
        });
        // MVC, which the integration adds, makes a key ring at start and warns that it is not encrypted. The gateway protects no data by it.
        foreach (ServiceDescriptor unused in services.Where(IsOfDataProtection).ToList())
        {
            services.Remove(unused);
        }

        return services
            .AddSettings<HttpOptions>(configuration)
            .Configure<WorkerOptions>(options => options.InputConverters.RegisterAt<RequestCancellation>(0))
            .AddSingleton<IStartupFilter, InvocationIdFilter>()
            .AddSingleton(_ => new ApiDocuments(GatewayFeatures.Api))
            .Configure<KestrelServerOptions>(options =>
            {
                options.AddServerHeader = false;
                // Each route has its own limit, so every body that the host lets through must reach the route.
                options.Limits.MaxRequestBodySize = null;
                options.Limits.MaxRequestLineSize *= 2;
                options.Limits.MaxRequestHeadersTotalSize *= 2;
                options.Limits.MaxRequestHeaderCount *= 2;
            })
            // The gateway uses no other forwarded header, and clients can forge the others.
            .PostConfigure<ForwardedHeadersOptions>(options => options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto)
            // It would log every URL, and tickets with it.
            .AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning));
    }

    private static bool IsOfDataProtection(ServiceDescriptor service) =>
        service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Assembly == typeof(KeyManagementOptions).Assembly;

    /// <summary>Adds files.</summary>
    /// <inheritdoc cref="AddDelivery"/>
    public static IServiceCollection AddFiles(this IServiceCollection services, IConfiguration configuration)
    {
        return services
            .AddSettings<FilesOptions>(configuration)
            .AddSingleton(provider => new FileLimits(provider.GetRequiredService<IOptions<FilesOptions>>().Value.MaxBytes))
            .AddSingleton(provider => new BlobFileContent(
                provider.GetRequiredService<StorageConnection>(), provider.GetRequiredService<IOptions<ConnectionOptions>>().Value.StorageTimeout))
            .AddSingleton<IFileContent>(provider => provider.GetRequiredService<BlobFileContent>())
            .AddSingleton<FileService>()
            .AddSingleton<IUserData, UserFiles>()
            .AddSingleton<IEventRows, FileHistoryRows>()
            .AddSingleton<FileCollector>();
    }

    /// <summary>Adds commands and workflows.</summary>
    /// <inheritdoc cref="AddAudit"/>
    public static IServiceCollection AddCommandsAndWorkflows(this IServiceCollection services) =>
        services.AddSingleton<CommandService>().AddSingleton<WorkflowService>();

    /// <summary>Adds the rate limit.</summary>
    /// <inheritdoc cref="AddDelivery"/>
    public static IServiceCollection AddRateLimits(this IServiceCollection services, IConfiguration configuration) =>
        services.AddSettings<RateLimitOptions>(configuration).AddSingleton<RateLimiter>();

    /// <summary>Adds the health checks.</summary>
    /// <inheritdoc cref="AddDelivery"/>
    public static IServiceCollection AddHealth(this IServiceCollection services, IConfiguration configuration)
    {
        return services
            .AddSettings<HealthOptions>(configuration)
            .AddSingleton(provider =>
            {
                HealthOptions options = provider.GetRequiredService<IOptions<HealthOptions>>().Value;
                return new HealthLimits(options.Samples, options.Dwell);
            })
            .AddSingleton<IHealthProbe, RedisProbe>()
            .AddSingleton<IHealthProbe, TablesProbe>()
            .AddSingleton<IHealthProbe>(provider => new BlobsProbe(provider.GetRequiredService<BlobFileContent>().ProbeAsync))
            .AddSingleton(provider =>
            {
                TimeSpan maxLag = provider.GetRequiredService<IOptions<HealthOptions>>().Value.MaxLag;
                IEnumerable<IHealthProbe> consumers = provider.GetRequiredService<IOptions<DeliveryOptions>>().Value.ConsumerNames.Select(
                    name => new ConsumerProbe(name, provider.GetRequiredService<RedisJournal>(), maxLag, provider.GetRequiredService<JournalAges>()));
                return new HealthChecks(provider.GetServices<IHealthProbe>().Concat(consumers), provider.GetRequiredService<TimeProvider>());
            })
            .AddSingleton<HealthMonitor>()
            .AddSingleton<HealthWatch>()
            .AddHostedService(provider => provider.GetRequiredService<HealthWatch>());
    }

    /// <summary>Adds the audit log and its consumer.</summary>
    /// <param name="services">The services of the app.</param>
    public static IServiceCollection AddAudit(this IServiceCollection services) =>
        services.AddSingleton<IAuditLog, TableAuditLog>().AddConsumer<AuditConsumer>(Subscriptions.Audit);

    /// <summary>Adds what live streams share.</summary>
    /// <inheritdoc cref="AddDelivery"/>
    public static IServiceCollection AddStreams(this IServiceCollection services, IConfiguration configuration) => services
        .AddSettings<StreamOptions>(configuration).AddSingleton<IValidateOptions<StreamOptions>, StreamOptionsValidator>()
        .AddSingleton<OpenReads>()
        .AddSingleton<CredentialWatch>()
        .AddHostedService(provider => provider.GetRequiredService<CredentialWatch>())
        .AddSingleton<StreamTickets>()
        .AddSingleton<ITickets>(provider => provider.GetRequiredService<StreamTickets>())
        .AddSingleton<LiveStreams>();

    /// <summary>Adds what operators watch.</summary>
    /// <inheritdoc cref="AddAudit"/>
    public static IServiceCollection AddOperations(this IServiceCollection services) => services
        .AddSingleton<DeliverySeries>()
        .AddHostedService(provider => provider.GetRequiredService<DeliverySeries>())
        .AddSingleton<EventFeed>()
        .AddHostedService(provider => provider.GetRequiredService<EventFeed>());

    /// <summary>Adds the inboxes, their consumer and their live streams.</summary>
    /// <inheritdoc cref="AddDelivery"/>
    public static IServiceCollection AddNotifications(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton<RedisInbox>()
        .AddSingleton<IInbox>(provider => provider.GetRequiredService<RedisInbox>())
        .AddSingleton<IUserData>(provider => provider.GetRequiredService<RedisInbox>())
        .AddSingleton<InboxSignals>()
        .AddHostedService(provider => provider.GetRequiredService<InboxSignals>())
        .AddSingleton<InboxRebuild>()
        .AddSingleton<NotificationStreams>()
        .AddSingleton(WebPubSubServiceOf)
        .AddSingleton<WebPubSubPush>()
        .AddHostedService(provider => provider.GetRequiredService<WebPubSubPush>())
        .AddSingleton<INotificationPush>(provider => provider.GetRequiredService<WebPubSubPush>())
        .AddConsumer<NotificationConsumer>(Subscriptions.Notifications);

    private static WebPubSubService WebPubSubServiceOf(IServiceProvider provider)
    {
        ConnectionOptions options = provider.GetRequiredService<IOptions<ConnectionOptions>>().Value;
        WebPubSubIdentityOptions identity = provider.GetRequiredService<IOptions<WebPubSubIdentityOptions>>().Value;
        return new WebPubSubService(
            identity.Endpoint ?? (options.WebPubSubConnectionString is { Length: > 0 } connection ? WebPubSubEndpoint.Parse(connection) : null),
            options.WebPubSubHub,
            identity.Endpoint is null ? null : provider.GetRequiredService<ServiceCredentials>().Of(WebPubSubIdentityOptions.Section),
            provider.GetRequiredService<TimeProvider>());
    }

    /// <summary>Adds the orchestrator's contexts and their consumer.</summary>
    /// <inheritdoc cref="AddAudit"/>
    public static IServiceCollection AddOrchestrator(this IServiceCollection services) =>
        services
            .AddSingleton<RedisContextStore>()
            .AddSingleton<IActiveEntities, ActiveFiles>()
            .AddSingleton<IActiveEntities, ActiveCommands>()
            .AddSingleton<IActiveEntities, ActiveWorkflows>()
            .AddSingleton<IActiveEntities, ActiveSessions>()
            .AddSingleton<ContextRebuild>()
            .AddSingleton<IContextStore>(provider => provider.GetRequiredService<RedisContextStore>())
            .AddSingleton<IUserData>(provider => provider.GetRequiredService<RedisContextStore>())
            .AddConsumer<OrchestratorConsumer>(Subscriptions.Orchestrator);

    /// <summary>Adds the Model Context Protocol.</summary>
    /// <inheritdoc cref="AddDelivery"/>
    public static IServiceCollection AddMcp(this IServiceCollection services, IConfiguration configuration) =>
        services
            .AddSettings<McpOptions>(configuration)
            .AddSingleton(_ => new McpDescriptions(GatewayFeatures.Api))
            .AddSingleton<McpWaits>()
            .AddSingleton<McpToolCalls>()
            .AddSingleton<McpSubscriptions>()
            .AddSingleton(provider => new McpProtocol(
                provider.GetRequiredService<McpToolCalls>(),
                provider.GetRequiredService<McpSubscriptions>(),
                provider.GetRequiredService<ILogger<McpProtocol>>()));
}
