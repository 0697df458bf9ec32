using McpFunctions.Domain.Delivery;

namespace McpFunctions.Domain.Health;

/// <summary>Checks one component.</summary>
public interface IHealthProbe
{
    /// <summary>The component's name in events, responses and storage.</summary>
    string Component { get; }

    /// <summary>Whether the gateway does not work without the component, so that <c>GET health</c> returns 503.</summary>
    bool IsEssential { get; }

    /// <summary>The result if the check times out.</summary>
    HealthCheckResult NoResponse { get; }

    /// <summary>Checks the component.</summary>
    /// <param name="cancellationToken">Cancels the operation at its deadline.</param>
    /// <exception cref="DependencyUnavailableException">No answer came, which means <see cref="NoResponse"/>.</exception>
    Task<HealthCheckResult> CheckAsync(CancellationToken cancellationToken);
}
