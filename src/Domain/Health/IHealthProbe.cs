using McpFunctions.Domain.Delivery;

namespace McpFunctions.Domain.Health;

/// <summary>Looks at one component.</summary>
public interface IHealthProbe
{
    /// <summary>The component's name in events, answers and storage.</summary>
    string Component { get; }

    /// <summary>Whether the gateway does not do its work without the component, so that <c>GET health</c> answers 503.</summary>
    bool IsEssential { get; }

    /// <summary>What it means that no answer comes.</summary>
    HealthVerdict Silence { get; }

    /// <summary>Looks at the component.</summary>
    /// <param name="cancellationToken">Cancels the operation at its deadline.</param>
    /// <returns>What there is to see.</returns>
    /// <exception cref="DependencyUnavailableException">No answer came, which means <see cref="Silence"/>.</exception>
    Task<HealthVerdict> LookAsync(CancellationToken cancellationToken);
}
